#pragma once

#include <string>

#include "flasher/device/disk.hpp"
#include "flasher/device/roots.hpp"

namespace rpikit::device {

/// What lies on a volume, clean for a terminal; all empty when nothing is known.
struct Content {
    std::string type;            ///< of the file system or membership: "vfat", "linux_raid_member"
    std::string label;           ///< of the file system
    std::string partition_name;  ///< in a GPT
};

/// From udev's database where it has the device; otherwise by looking at the device with libblkid, which
/// needs the right to read it.
Content read_content(const Roots& roots, const Volume& volume);

/// Whether the type says that the volume belongs to an array or pool, whose other members know of it.
bool is_member(std::string_view type);

}  // namespace rpikit::device
