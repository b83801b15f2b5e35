#pragma once

#include <span>
#include <string_view>

namespace rpikit::boot {

/// A serial port that can be a console.
struct KnownUart {
    std::string_view compatible;
    std::string_view tty;  ///< what the kernel calls such ports, without number
};

/// Of Linux 6.12 (drivers/tty/serial).
std::span<const KnownUart> known_uarts();

/// A controller of disks.
struct KnownDisk {
    std::string_view compatible;
    std::string_view symbols;  ///< of Kconfig, separated by blanks
};

/// Of Linux 6.12 (drivers/mmc/host, drivers/ata).
std::span<const KnownDisk> known_disks();

/// A maker of systems on a chip, by what stands before the comma of its names.
struct KnownVendor {
    std::string_view prefix;
    std::string_view folder;  ///< of its device trees below arch/ARCH/boot/dts
};

std::span<const KnownVendor> known_vendors();

}  // namespace rpikit::boot
