#pragma once

#include <memory>
#include <string>
#include <vector>

#include "flasher/card/flash.hpp"
#include "flasher/device/open_disk.hpp"

namespace rpikit::cli {

/// Examines every device that was named. \returns an error with all refusals when anything speaks against any
/// of them, or when two names mean the same disk
Result<std::vector<device::Target>> examine_devices(const std::vector<std::string>& names,
                                                    const device::Purpose& purpose);

/// Opens all of them, or none.
Result<std::vector<std::unique_ptr<device::LinuxBlockDevice>>> open_devices(
    const std::vector<device::Target>& targets, const device::Purpose& purpose);

/// Says of those that failed whether they have left the machine: a card that was pulled is told by no more
/// than an input/output error.
void note_gone(const std::vector<std::unique_ptr<device::LinuxBlockDevice>>& devices,
               std::vector<card::CardResult>& results);

}  // namespace rpikit::cli
