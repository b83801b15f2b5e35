#pragma once

#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::emulator {

/// What one label of extlinux.conf starts. Names are relative to the boot partition.
struct ExtlinuxLabel {
    std::string kernel;
    std::string initramfs = {};    ///< empty: none
    std::string device_tree = {};  ///< empty: the machine's own
    std::string cmdline = {};
};

/// The label that starts by itself: the one that `default` names, else the first
/// (https://docs.u-boot.org/en/latest/usage/pxe.html). An error if there is none, or it has no kernel, or it
/// has overlays, which nobody would apply.
Result<ExtlinuxLabel> read_extlinux(std::string_view text);

}  // namespace rpikit::emulator
