#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::exporting {

/// What the files of a kit are written from.
struct KitInputs {
    toolchain::Toolchain toolchain;
    std::string arch;      ///< the kernel's ARCH
    std::string release;   ///< of the kernel
    std::string machine;   ///< how the toolchain's triplet begins: "aarch64"
    bool carries = false;  ///< the toolchain lies in toolchain/ of the kit
    bool carries_sysroot = false;
    std::string sysroot;  ///< absolute; the system's, when the kit does not carry one
};

struct KitFile {
    std::string path;  ///< below the kit's folder
    std::string text;
    bool program = false;
};

/// The small files of a kit. No text has the place of the kit in it: scripts and CMake find it by their own
/// path, Meson by PATH.
std::vector<KitFile> kit_files(const KitInputs& inputs);

}  // namespace rpikit::exporting
