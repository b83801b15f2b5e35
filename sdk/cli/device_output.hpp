#pragma once

#include <nlohmann/json_fwd.hpp>
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

/// {"path", "size", "bus", "model", ..., "partitions": [...]}.
nlohmann::ordered_json disk_json(const device::Disk& disk);

/// [{"kind", "reason", "remedy"}].
nlohmann::ordered_json refusals_json(const std::vector<device::Refusal>& refusals);

}  // namespace rpikit::cli
