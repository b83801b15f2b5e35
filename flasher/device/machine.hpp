#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "flasher/device/disk.hpp"
#include "flasher/device/mounts.hpp"
#include "flasher/device/roots.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::device {

/// The block devices of a machine at one moment, and what is in use.
struct Machine {
    Roots roots;
    std::vector<Mount> mounts;
    std::vector<Disk> disks;  ///< by name; loop and memory devices only when they hold something

    const Disk* find(dev_t whole) const;
    /// The disk that a partition or a whole disk belongs to.
    const Disk* disk_of(dev_t volume) const;
};

/// Whether a mounted file system lies on the disk or on one of its partitions, by a stack or at once.
bool lies_on(const Machine& machine, const Mount& mount, const Disk& disk);

/// Reads it all. An error when sysfs or the list of mounts cannot be read: nothing may then be taken for
/// free.
Result<Machine> survey(const Roots& roots);

}  // namespace rpikit::device
