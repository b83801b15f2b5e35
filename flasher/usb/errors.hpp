#pragma once

#include <filesystem>
#include <string_view>

#include "sdk/support/error.hpp"

namespace rpikit::usb {

/// Nothing that waits for USB boot is plugged in: what to look at.
Error no_board_error();

/// The device node may not be opened: with the udev rule that changes it, as commands to paste.
Error no_permission_error(std::string_view port);

/// The board was unplugged, lost power, or started anew. \param doing "while it was sent start4.elf"
Error left_the_bus_error(std::string_view port, std::string_view doing);

/// The machine shows no USB devices at all, as in a container. \param why libusb's word for it, or ""
Error no_usb_error(std::string_view why);

Error stopped_error();

/// Names and values that come from a board, so that no terminal is led astray: anything but printable ASCII
/// becomes \xNN.
std::string printable(std::string_view text);

}  // namespace rpikit::usb
