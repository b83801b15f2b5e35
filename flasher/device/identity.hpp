#pragma once

#include <filesystem>

#include "flasher/device/disk.hpp"

namespace rpikit::device {

/// Fills in what the disk says about itself: vendor, model, serial number, bus, removable, read-only, sizes.
/// \param folder the disk's folder in sysfs, links resolved
void read_identity(const std::filesystem::path& folder, Disk& disk);

}  // namespace rpikit::device
