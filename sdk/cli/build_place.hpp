#pragma once

#include "sdk/board/board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/host/lock_file.hpp"

namespace rpikit::cli {

/// Waits until no other rpi-kit works in `board`'s build folder, and says so.
/// \returns an error when the folder cannot be written, or on Ctrl-C
Result<host::LockFile> lock_build(const Context& context, const board::Board& board);

/// The rule files below all folders of boards (docs/adding-a-device-rule.md).
std::vector<std::filesystem::path> device_rules(const board::SearchPath& boards);

/// Where a plan of the pipeline works, and as which program.
template <class Options>
void set_place(Options& options, const Context& context) {
    options.work = context.work;
    options.toolchains = context.toolchains;
    options.program = context.program;
    if constexpr (requires { options.device_rules; }) options.device_rules = device_rules(context.boards);
}

}  // namespace rpikit::cli
