#pragma once

#include <span>

#include "flasher/device/disk.hpp"
#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// Asks for the name of each disk to be typed. \returns an error when another word came, or none; of kind
/// `interrupted` after Ctrl-C
Result<> confirm_erase(const Context& context, std::span<const device::Disk> disks, bool image_from_input);

}  // namespace rpikit::cli
