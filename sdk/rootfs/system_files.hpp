#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/board/board.hpp"

namespace rpikit::rootfs {

/// A text file of the minimal root file system.
struct SystemFile {
    std::string path;  ///< as in a FileTree: "etc/passwd"
    std::string content;
    std::uint32_t mode = 0644;
};

/// Accounts, names, mounts, consoles: what of /etc the descriptor fills in, and what is the same everywhere.
std::vector<SystemFile> settings_files(const board::RootFs& rootfs);

/// The shell scripts that start and stop the system, run by busybox's init.
std::vector<SystemFile> start_scripts(const board::RootFs& rootfs);

/// The applets that the files above run; a busybox without one of them cannot carry the system.
std::span<const std::string_view> needed_applets();

/// What it takes beside them for rootfs.network = "dhcp".
std::span<const std::string_view> needed_network_applets();

}  // namespace rpikit::rootfs
