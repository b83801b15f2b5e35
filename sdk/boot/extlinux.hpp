#pragma once

#include <string>

#include "sdk/archive/file_tree.hpp"
#include "sdk/boot/boot_menu.hpp"

namespace rpikit::boot {

/// Where extlinux.conf lies on a boot partition; U-Boot's distro boot and others look there
/// (https://docs.u-boot.org/en/latest/develop/distro.html).
inline constexpr std::string_view extlinux_path = "extlinux/extlinux.conf";

/// The text of extlinux.conf: a label for each line of the menu, with kernel, initramfs, device tree,
/// overlays and command line. One label, no waiting time or a hidden menu start at once.
Result<std::string> make_extlinux(const board::Board& board, const BootMenu& menu);

/// The kernels with their device trees below dtbs/RELEASE, the overlays that boot.overlays names, and
/// extlinux.conf, which starts them.
Result<archive::FileTree> make_extlinux_files(const BootInputs& inputs);

}  // namespace rpikit::boot
