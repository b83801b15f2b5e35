#pragma once

#include "sdk/support/library_version.hpp"

namespace rpikit::usb {

/// libusb.
std::vector<LibraryVersion> library_versions();

}  // namespace rpikit::usb
