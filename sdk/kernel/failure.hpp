#pragma once

#include "sdk/host/process.hpp"
#include "sdk/kernel/make.hpp"

namespace rpikit::kernel {

/// The error of a `make` that failed: diagnosed when a row of diagnosis.hpp knows the cause, otherwise the
/// tool, the command and the last lines. Being stopped is an error of kind `interrupted`.
Error make_error(const BuildContext& context, const host::Command& command, const host::Exit& exit);

/// A hint with BOARD and SOURCE replaced by what is being built, quoted for a shell.
std::string fill_in(std::string hint, const BuildContext& context);

}  // namespace rpikit::kernel
