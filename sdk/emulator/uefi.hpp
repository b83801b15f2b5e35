#pragma once

#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::emulator {

/// The edk2 project's firmware for QEMU: the code, and a fresh store of variables to copy.
struct UefiFirmware {
    std::string_view code;
    std::string_view variables;
};

/// Where the distribution put it; an error when it is not installed.
Result<UefiFirmware> find_uefi();

}  // namespace rpikit::emulator
