#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::rootfs {

/// The shell script /init, and the functions that it is made of (/conf/functions).
std::string_view init_script();
std::string_view init_functions();

/// The applets that the two run.
std::span<const std::string_view> initramfs_applets();

/// A script of a board that runs in its initramfs.
struct Hook {
    std::string place;  ///< "init-top"
    std::filesystem::path file;
};

/// When hooks run: before drivers are loaded, when the root's device is there, when it is mounted.
constexpr std::array<std::string_view, 3> hook_places{"init-top", "init-premount", "init-bottom"};

/// The scripts PLACE/NAME.sh in the folder NAME/initramfs beside each of the board's files; where two have
/// the same place and name, the one nearer to the board is taken. Sorted by place and name. One that cannot
/// be executed and a folder that is no place is an error.
Result<std::vector<Hook>> find_hooks(const board::Board& board);

}  // namespace rpikit::rootfs
