#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sdk/board/board.hpp"

namespace rpikit::emulator {

/// The files QEMU gets besides what the board says; empty: not used.
struct QemuFiles {
    std::filesystem::path disk;         ///< the copy-on-write overlay, qcow2
    std::filesystem::path kernel = {};  ///< direct boot, as are the next two
    std::filesystem::path device_tree = {};
    std::filesystem::path initramfs = {};
    std::string cmdline = {};
    std::filesystem::path u_boot = {};          ///< firmware "u-boot"
    std::string u_boot_option = {};             ///< what it is given by: "-bios"
    std::filesystem::path uefi_code = {};       ///< firmware "uefi": read-only flash
    std::filesystem::path uefi_variables = {};  ///< a copy of its own, QEMU writes to it
    std::filesystem::path uefi_template = {};   ///< what that is copied from
};

/// The argument vector for a board. The console is the first serial port on stdin and stdout; in an
/// interactive run QEMU's monitor shares it (Ctrl-A X ends, Ctrl-A C switches).
/// \param accelerator "kvm" or "tcg"
/// \param reboots a guest that reboots starts again, rather than ending QEMU
std::vector<std::string> qemu_arguments(const std::filesystem::path& qemu, const board::Emulator& emulator,
                                        const QemuFiles& files, const std::string& accelerator,
                                        bool interactive, bool reboots = false);

/// What the overlay must hold: an SD card's size has to be a power of two (QEMU refuses others), every other
/// disk is as large as the image. \param image_size bytes
std::uint64_t disk_size(const std::string& disk, std::uint64_t image_size);

/// Creates the overlay: `image` is its backing file and is never written.
std::vector<std::string> overlay_arguments(const std::filesystem::path& qemu_img,
                                           const std::filesystem::path& image,
                                           const std::filesystem::path& overlay, std::uint64_t size);

}  // namespace rpikit::emulator
