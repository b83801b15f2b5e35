#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "flasher/device/roots.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::device {

/// A line of /proc/self/mountinfo, proc(5).
struct Mount {
    dev_t number = 0;  ///< major 0: a file system without one device, such as btrfs
    std::filesystem::path where;
    std::string type;
    std::string source;   ///< "/dev/sda1", "overlay", ...
    std::string options;  ///< the file system's own: "rw,lowerdir=/a,upperdir=/b"
};

/// In the kernel's order, later ones on top; lines that are none are left out.
std::vector<Mount> parse_mounts(std::string_view mountinfo);

/// The paths in /proc/swaps: devices and files.
std::vector<std::filesystem::path> parse_swaps(std::string_view swaps);

/// An error when there is no mountinfo: then nothing may be taken for unused.
Result<std::vector<Mount>> read_mounts(const Roots& roots);

/// A kernel without swap has no such file.
Result<std::vector<std::filesystem::path>> read_swaps(const Roots& roots);

}  // namespace rpikit::device
