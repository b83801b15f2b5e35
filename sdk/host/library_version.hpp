#pragma once

#include "sdk/support/library_version.hpp"

namespace rpikit::host {

/// Boost and libcurl.
std::vector<LibraryVersion> library_versions();

}  // namespace rpikit::host
