#pragma once

#include <filesystem>
#include <string>

#include "sdk/support/result.hpp"

namespace rpikit::source {

/// "6.12.117" or "6.13.0-rc1" from the first lines of a kernel tree's Makefile, as `make kernelversion` says
/// it. An error when the folder is no kernel tree.
Result<std::string> kernel_version(const std::filesystem::path& tree);

}  // namespace rpikit::source
