#include "flasher/usb/library_version.hpp"

#include <fmt/format.h>
#include <libusb.h>

namespace rpikit::usb {

std::vector<LibraryVersion> library_versions() {
    const auto* version = libusb_get_version();
    return {{"libusb", fmt::format("{}.{}.{}", version->major, version->minor, version->micro)}};
}

}  // namespace rpikit::usb
