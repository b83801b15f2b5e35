#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rpikit::board {

/// A disk that a board may start from.
struct Disk {
    std::string kind;  ///< "SD card", "eMMC", "SATA", "USB"
    std::string node;  ///< its controller's path in the device tree
};

/// What a device tree tells of a board, as far as a new board file needs it. All texts are plain ASCII.
struct Hardware {
    std::string model;                    ///< "Vendor Board One"; may be empty
    std::vector<std::string> compatible;  ///< the board's first, the SoC's last
    std::string arch;                     ///< the kernel's ARCH; empty: the tree does not tell
    std::uint64_t memory = 0;             ///< bytes; 0: the boot loader fills it in
    std::string console = {};             ///< the kernel's name of the serial console; empty: not told
    unsigned baud = 115200;
    std::vector<Disk> disks = {};
    /// Kconfig symbols of platform, console and disks, without CONFIG_.
    std::vector<std::string> symbols = {};
    std::vector<std::string> disk_symbols =
        {};                      ///< of `symbols` those that the root file system's disk needs
    bool drivers_known = false;  ///< whether `symbols` has platform, console and a disk's driver
    std::string folder = {};     ///< where kernel trees have this vendor's device trees; empty: not known
};

}  // namespace rpikit::board
