#pragma once

#include <filesystem>
#include <string>

#include "sdk/host/host.hpp"
#include "sdk/kernel/make.hpp"

namespace rpikit::exporting {

/// What somebody needs to build programs and modules for a board, in one folder that can be moved:
///   environment            prints what a shell evaluates: ARCH, CROSS_COMPILE, PATH, KERNEL_DIR
///   share/toolchain.cmake  for CMake        share/cross.ini  for Meson
///   bin/target-run         runs a program of the target in QEMU's user mode
///   toolchain/, sysroot    the store's toolchain and its sysroot; the system's is used where it is
///   kernel/                the kernel's build tree for modules, with its host programs
struct Exported {
    std::filesystem::path folder;
    std::string release;             ///< of the kernel
    std::string toolchain;           ///< "aarch64-linux-gnu 12.2.0"
    bool carries_toolchain = false;  ///< otherwise the system's has to be there
    std::filesystem::path sysroot;   ///< in the folder when the toolchain there has one; else the system's
};

/// Exports the kit of a kernel that has been built. \param folder missing or empty; it appears whole or not
/// at all
Result<Exported> export_kit(const host::Host& host, const kernel::BuildContext& context,
                            const std::filesystem::path& folder);

}  // namespace rpikit::exporting
