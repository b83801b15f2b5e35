#pragma once

#include "flasher/device/machine.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::device {

/// Unmounts what is mounted of a disk, the last mounted first; never by force, never lazily, never / or what
/// lies at or below /boot. What is in use stays, and is an error; so is a mount point with another disk's
/// file system on top.
Result<> unmount_all(const Machine& machine, const Disk& disk);

}  // namespace rpikit::device
