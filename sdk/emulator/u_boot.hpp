#pragma once

#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::emulator {

/// U-Boot for one of QEMU's machines, as Debian's package u-boot-qemu has it.
struct UBoot {
    std::string_view system;  ///< qemu-system-...
    std::string_view option;  ///< what QEMU gets it by
    std::string_view file;
};

/// An error when it is not installed, or there is none for the system.
Result<UBoot> find_u_boot(const std::string& system);

}  // namespace rpikit::emulator
