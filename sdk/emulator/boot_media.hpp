#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::emulator {

/// What config.txt lets the Raspberry Pi's firmware load. Names are relative to the boot partition.
struct FirmwareChoice {
    std::string kernel;
    std::string device_tree;
    std::string initramfs = {};  ///< empty: none
    std::string cmdline_file;
};

/// Reads config.txt as the firmware does, as far as these four files are concerned: later lines win,
/// os_prefix goes before every name, `initramfs NAME followkernel` has no "=". Only lines for every board
/// (before any filter and below [all]) are read.
/// \param default_device_tree what the firmware takes by itself: the file name of the board's device tree
FirmwareChoice read_config_txt(std::string_view config_txt, std::string_view default_device_tree);

/// The files that direct boot needs, as they lie on the boot partition.
struct BootMedia {
    std::string kernel;
    std::string device_tree;  ///< empty: the emulator makes one
    std::string initramfs = {};
    std::string cmdline;  ///< one line, without its end
};

/// Reads one file of the boot partition.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// Everything that config.txt or, where there is none, the default label of extlinux.conf names, out of the
/// boot partition; a missing file is an error that names it.
Result<BootMedia> read_boot_media(const ReadFile& read, std::string_view default_device_tree);

/// The command line for the emulator: the board's own, with the emulator's console in the place of its
/// consoles (a last console= that does not exist leaves init without one) and `append` behind.
/// \param console device for console=; empty: consoles are left as they are
std::string emulator_cmdline(std::string_view cmdline, std::string_view console,
                             std::span<const std::string> append);

}  // namespace rpikit::emulator
