#pragma once

#include <string>

#include "sdk/cli/command.hpp"
#include "sdk/pipeline/build.hpp"

namespace rpikit::cli {

/// `rpi-kit config BOARD derive`.
struct DeriveArguments {
    std::string board;
    pipeline::BuildOptions options;  ///< without the place
    std::string modaliases;          ///< "FILE", "ssh:HOST", "-"; empty: the board's own devices
    bool explain = false;
    bool fragment = false;
};

/// Shows what a board's devices need of its kernel; nothing of the build changes.
Result<int> derive(const Context& context, const DeriveArguments& arguments);

/// What the stages before say: those that take time have a line, the answer is what counts.
pipeline::Observer quiet_observer(const Context& context);

}  // namespace rpikit::cli
