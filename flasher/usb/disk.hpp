#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::usb {

/// The disks with a medium that hang off one USB port itself, not off a hub there: "/dev/sda", sorted.
/// \param port "1-1.2", as in /sys/bus/usb/devices
/// \param sysfs where the kernel shows its devices
std::vector<std::filesystem::path> disks_at(const std::string& port,
                                            const std::filesystem::path& sysfs = "/sys");

/// Waits for the disk that a board shows at its USB port once it runs a mass-storage gadget.
/// \param settle how long the port's disks must stay the same: a second one appears a moment after the first
/// \returns an error when none came in time, when there are several, and when it was stopped
Result<std::filesystem::path> wait_for_disk(const std::string& port, std::chrono::milliseconds limit,
                                            const std::stop_token& stop,
                                            const std::filesystem::path& sysfs = "/sys",
                                            std::chrono::milliseconds settle = std::chrono::seconds(1));

}  // namespace rpikit::usb
