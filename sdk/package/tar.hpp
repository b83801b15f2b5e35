#pragma once

#include <filesystem>
#include <string>

#include "sdk/archive/archive.hpp"
#include "sdk/kernel/build.hpp"

namespace rpikit::package {

/// What a kernel installs below the root of a board, as the kernel's own `tar-pkg` lays it out: boot/ with
/// the image, System.map and configuration, boot/dtbs/RELEASE, lib/modules/RELEASE. \param dtbs names below
/// dts/, of artifacts.dtbs one by one \param latest no file is younger, seconds since 1970
Result<archive::FileTree> kernel_tree(const kernel::KernelArtifacts& artifacts,
                                      const std::vector<std::string>& dtbs, std::int64_t latest);

}  // namespace rpikit::package
