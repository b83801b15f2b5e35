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

/// A piece of a boot loader outside the partitions; as a board file writes it.
struct LoaderPiece {
    std::string file;    ///< of the package; its folder is BOARD
    std::string offset;  ///< "8K"
};

/// Where a SoC's ROM looks for U-Boot on the disk, and the distribution's package that has it.
struct DiskLoader {
    std::string package = {};  ///< empty: not known
    std::vector<LoaderPiece> pieces = {};
    std::string alignment = {};  ///< what image.alignment must be for it; empty: as it is
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
    /// Kconfig symbols of the disks, without CONFIG_, as far as their controllers are known.
    std::vector<std::string> disk_symbols = {};
    std::string folder = {};  ///< where kernel trees have this vendor's device trees; empty: not known
    DiskLoader loader = {};
};

}  // namespace rpikit::board
