#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// "usb:1-1.2": the disk that the board at this USB port shows.
bool is_usb_disk(std::string_view device);

/// Boots the board at a USB port with a folder that makes it a mass-storage device, and waits for its disk;
/// one that is there already is taken as it is.
/// \param device "usb:1-1.2"
/// \param gadget what the board boots, with its second stage: bootcode4.bin and its files
/// \returns the disk: "/dev/sdb"
Result<std::filesystem::path> usb_disk(const Context& context, const std::string& device,
                                       const std::filesystem::path& gadget);

}  // namespace rpikit::cli
