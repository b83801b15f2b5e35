#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flasher/device/refusal.hpp"

namespace rpikit::cli {

/// "bootfs, rootfs": what the file systems of a disk are called, or their types when they have no name.
std::string disk_labels(const device::Disk& disk);

/// A table of disks, each with "can be written" or the first reason why not.
/// \param refusals of each disk, in the same order
std::string disk_table(const std::vector<device::Disk>& disks,
                       const std::vector<std::vector<device::Refusal>>& refusals);

/// A disk with its partitions, as it is shown before it is erased: some lines, each indented.
std::string disk_description(const device::Disk& disk);

/// {"devices": [{"path", "size", "bus", ..., "partitions", "can_be_written", "refusals"}]}.
std::string devices_document(const std::vector<device::Disk>& disks,
                             const std::vector<std::vector<device::Refusal>>& refusals);

/// What is about to be written, and how.
struct FlashStart {
    std::string image;
    std::optional<std::uint64_t> size = {};    ///< bytes, unpacked
    std::optional<std::uint64_t> mapped = {};  ///< bytes to be written of it
    bool verify = true;
    bool delta = false;
    bool dry_run = false;
};

/// {"event": "start", "image", ..., "devices": [...]} in one line.
std::string start_event(const FlashStart& start, const std::vector<device::Disk>& disks);

}  // namespace rpikit::cli
