#pragma once

#include <fcntl.h>

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "flasher/device/linux_device.hpp"

namespace rpikit::test {

/// A block device of the kernel's as the program has it once every rule was applied.
inline std::unique_ptr<device::BlockDevice> open_direct(const std::filesystem::path& node) {
    auto device = device::LinuxBlockDevice::adopt(
        node.string(), host::Descriptor(::open(node.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC)));
    if (!device) throw std::runtime_error(device.error().message);
    return std::move(*device);
}

}  // namespace rpikit::test
