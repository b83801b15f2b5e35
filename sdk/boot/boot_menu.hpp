#pragma once

#include <string>
#include <vector>

#include "sdk/boot/boot_files.hpp"

namespace rpikit::boot {

/// A kernel that lies on the boot partition.
struct MenuKernel {
    std::string release;
    std::string kernel;                      ///< path on the partition: "/vmlinuz-6.12.1"
    std::string initramfs = {};              ///< likewise; empty: none
    std::string device_tree = {};            ///< likewise, for loaders that hand it over
    std::vector<std::string> overlays = {};  ///< likewise, applied to the device tree in this order
};

/// One line of the menu, with all that it starts.
struct MenuLine {
    std::string title;
    std::string cmdline;  ///< checked, with the root in it
    MenuKernel kernel;
    bool kept = false;  ///< an earlier kernel
};

struct BootMenu {
    std::vector<MenuLine> lines;  ///< the descriptor's entries for the newest kernel, then the kept ones
    std::size_t chosen = 0;       ///< the line that starts by itself
};

/// What the menu shows, whatever loader shows it: the descriptor's entries for the first kernel, or one that
/// has its name, and each earlier kernel.
/// \param kernels newest first, not empty \param root what stands for {root}
Result<BootMenu> make_boot_menu(const board::Board& board, const std::vector<MenuKernel>& kernels,
                                const std::string& root);

/// Puts a kernel onto the boot partition under the names that users know, with System.map and configuration.
/// \param arch the board's, which the kernel must be built for
Result<MenuKernel> add_menu_kernel(archive::FileTree& tree, const kernel::KernelArtifacts& kernel,
                                   const std::filesystem::path& initramfs, const std::string& arch);

}  // namespace rpikit::boot
