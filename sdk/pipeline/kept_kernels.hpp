#pragma once

#include <vector>

#include "sdk/kernel/build.hpp"
#include "sdk/pipeline/build.hpp"

namespace rpikit::pipeline {

/// Puts a built kernel with its modules aside, below out/BOARD/kernels, so that a later build with --keep can
/// take it along. A kernel of the same release takes the place of the one before: their modules would lie in
/// one folder. The oldest are removed when there are more than `most`.
Result<> keep_kernel(const BuildFolders& folders, const kernel::KernelArtifacts& built, std::size_t most);

/// At most `count` of the kernels that were put aside, the latest built first, without the one of `release`.
Result<std::vector<kernel::KernelArtifacts>> kept_kernels(const BuildFolders& folders,
                                                          const std::string& release, std::size_t count);

}  // namespace rpikit::pipeline
