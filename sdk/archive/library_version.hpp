#pragma once

#include "sdk/support/library_version.hpp"

namespace rpikit::archive {

/// libarchive, liblzma, zlib and pugixml.
std::vector<LibraryVersion> library_versions();

}  // namespace rpikit::archive
