#pragma once

#include "sdk/support/library_version.hpp"

namespace rpikit::board {

/// toml++.
std::vector<LibraryVersion> library_versions();

}  // namespace rpikit::board
