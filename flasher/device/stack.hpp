#pragma once

#include <sys/types.h>

#include <filesystem>
#include <set>
#include <span>
#include <string>

#include "flasher/device/mounts.hpp"
#include "flasher/device/roots.hpp"

namespace rpikit::device {

/// Numbers of block devices.
using Numbers = std::set<dev_t>;

/// The device itself and all that it lies on: a partition's disk, the members of an md, LVM or other mapping.
/// A device that sysfs does not know has only itself.
Numbers stack_below(const Roots& roots, dev_t device);

/// What a loop device is made of, as the kernel tells it. Empty for other devices. \param folder its own in
/// sysfs
std::string backing_path(const std::filesystem::path& folder);

/// The number of the device that a path such as "/dev/mapper/root" of mountinfo or /proc/swaps means: by its
/// name in sysfs, or by what the node says. 0: none.
dev_t number_of_node(const Roots& roots, const std::filesystem::path& node);

/// The devices that the bytes of a file or folder lie on, all the way down: through overlays, loop devices'
/// files and stacks. A block device lies on itself. None for what is in memory or on another machine. What
/// is not there (yet) lies where its folder is.
Numbers devices_of_path(const Roots& roots, std::span<const Mount> mounts, const std::filesystem::path& path);

}  // namespace rpikit::device
