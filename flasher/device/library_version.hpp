#pragma once

#include "sdk/support/library_version.hpp"

namespace rpikit::device {

/// libblkid; libsystemd does not tell its own.
std::vector<LibraryVersion> library_versions();

}  // namespace rpikit::device
