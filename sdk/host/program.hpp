#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sdk/host/environment.hpp"

namespace rpikit::host {

/// Where a program is: a path as it stands, a name in PATH, then in /usr/sbin and /sbin.
std::optional<std::filesystem::path> search_program(const std::string& name, const Environment& environment);

}  // namespace rpikit::host
