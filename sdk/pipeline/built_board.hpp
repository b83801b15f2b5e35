#pragma once

#include "sdk/kernel/build.hpp"
#include "sdk/pipeline/build.hpp"

namespace rpikit::pipeline {

/// A board whose kernel has been built in the work folder, with the tree and the toolchain that it was built
/// with: what can be built further against it.
struct BuiltBoard {
    kernel::BuildContext context;
    kernel::KernelArtifacts artifacts;
};

/// An error when it was not built, or when tree or toolchain are gone. Builds nothing.
Result<BuiltBoard> open_built_board(const host::Host& host, const board::Board& board,
                                    const BuildOptions& options);

/// The tree that the kernel in a build folder was made of; empty when it is not there any more.
std::filesystem::path built_source_tree(const BuildFolders& folders);

}  // namespace rpikit::pipeline
