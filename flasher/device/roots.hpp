#pragma once

#include <filesystem>
#include <string>

namespace rpikit::device {

/// Where the kernel and its helpers tell about disks.
struct Roots {
    std::filesystem::path sys = "/sys";
    std::filesystem::path proc = "/proc";
    std::filesystem::path dev = "/dev";
    std::filesystem::path run = "/run";
    std::string bus = {};  ///< D-Bus address of udisks2's bus; empty: the system's
};

}  // namespace rpikit::device
