#pragma once

#include <filesystem>

#include "sdk/host/process.hpp"

namespace rpikit::kernel {

/// The error of a `make` that failed: diagnosed when a row of diagnosis.hpp knows the cause, otherwise the
/// tool, the command and the last lines. Being stopped is an error of kind `interrupted`.
Error make_error(const host::Command& command, const host::Exit& exit, const std::filesystem::path& log);

}  // namespace rpikit::kernel
