#pragma once

#include <memory>

#include "sdk/cli/command.hpp"
#include "sdk/pipeline/build.hpp"

namespace rpikit::cli {

/// What `build` was asked, as typed.
struct BuildArguments {
    std::string board;
    pipeline::BuildOptions options = {};
    bool dry_run = false;
    bool explain = false;
    bool no_ccache = false;
    bool no_sandbox = false;
    bool no_strip = false;
};

/// Declares the options that say what to build.
std::shared_ptr<BuildArguments> add_build_options(CLI::App& app);

}  // namespace rpikit::cli
