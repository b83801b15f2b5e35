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

/// Where the ROM of a maker's systems on a chip reads U-Boot from a card, and what Debian calls it.
struct KnownLoader {
    std::string_view vendor;
    std::string_view arch;
    std::string_view package;
    std::string_view pieces;     ///< "FILE OFFSET, FILE OFFSET"
    std::string_view alignment;  ///< of the first partition, where the usual one is too small
};

/// As the packages' own scripts say (u-boot-install-sunxi64, u-boot-install-rockchip).
std::span<const KnownLoader> known_loaders();

}  // namespace rpikit::boot
