#pragma once

#include <span>
#include <string_view>

namespace rpikit::boot {

/// A driver that binds to `compatible` of a device tree node.
struct KnownDriver {
    std::string_view compatible;
    std::string_view symbols;   ///< of Kconfig, separated by blanks
    std::string_view tty = {};  ///< of serial ports: what the kernel calls them, without number
};

/// Serial ports that can be a console, of Linux 6.12 (drivers/tty/serial).
std::span<const KnownDriver> known_uarts();

/// Controllers of disks, of Linux 6.12 (drivers/mmc/host, drivers/ata).
std::span<const KnownDriver> known_disks();

/// A maker of systems on a chip, by what stands before the comma of its names.
struct KnownVendor {
    std::string_view prefix;
    std::string_view symbols;  ///< Kconfig's platform for arm64 and riscv; empty: one name is not enough
    std::string_view folder;   ///< of its device trees below arch/ARCH/boot/dts
};

std::span<const KnownVendor> known_vendors();

}  // namespace rpikit::boot
