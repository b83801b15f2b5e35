#pragma once

#include <vector>

#include "sdk/boot/boot_files.hpp"
#include "sdk/pipeline/build.hpp"

namespace rpikit::pipeline {

/// Puts a built kernel with its modules, and its initramfs where it has one, aside, below out/BOARD/kernels,
/// so that a later build with --keep can take it along. A kernel of the same release takes the place of the
/// one before: their modules would lie in one folder. The oldest are removed when there are more than `most`.
Result<> keep_kernel(const BuildFolders& folders, const boot::KeptKernel& built, std::size_t most);

/// At most `count` of the kernels that were put aside, the latest built first, without the one of `release`.
Result<std::vector<boot::KeptKernel>> kept_kernels(const BuildFolders& folders, const std::string& release,
                                                   std::size_t count);

}  // namespace rpikit::pipeline
