#pragma once

#include <filesystem>

#include "sdk/kernel/make.hpp"

namespace rpikit::exporting {

/// Copies what a module's build wants of a kernel's tree and build folder into one folder: makefiles,
/// headers, scripts with the host programs that were built, Module.symvers and the configuration, as
/// scripts/package/install-extmod-build of Linux 6.12 does.
Result<> copy_kernel_tree(const kernel::BuildContext& context, const std::filesystem::path& to);

/// Copies a folder: links stay links, times do not matter. \param keep called with each path relative to
/// `from`; a folder for which it is false is left out with all below it. A missing `from` is no error.
Result<> copy_folder(const std::filesystem::path& from, const std::filesystem::path& to,
                     bool (*keep)(const std::filesystem::path& relative) = nullptr);

}  // namespace rpikit::exporting
