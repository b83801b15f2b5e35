#pragma once

#include <filesystem>
#include <memory>

#include "flasher/usb/transport.hpp"

namespace rpikit::usb {

/// The machine's USB devices, by libusb. Each look at the bus is a fresh scan: hotplug events do not reach
/// containers, and none are needed.
/// \param sysfs where the kernel shows its devices, for serial numbers
std::unique_ptr<Bus> make_libusb_bus(std::filesystem::path sysfs = "/sys");

}  // namespace rpikit::usb
