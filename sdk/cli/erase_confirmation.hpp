#pragma once

#include <span>

#include "flasher/device/disk.hpp"
#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// Whether somebody can be asked: standard error is a terminal, and standard input too, unless the image
/// comes from there; then the terminal itself is asked.
bool can_ask(bool image_from_input);

/// Asks for the name of each disk to be typed. \returns an error when another word came, or none; of kind
/// `interrupted` after Ctrl-C
Result<> confirm_erase(const Context& context, std::span<const device::Disk> disks, bool image_from_input);

}  // namespace rpikit::cli
