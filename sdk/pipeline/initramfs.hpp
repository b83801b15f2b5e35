#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/archive/file_tree.hpp"
#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::pipeline {

struct InitramfsOptions {
    std::vector<board::InitramfsFile> files = {};  ///< beside the board's
    std::filesystem::path output = {};             ///< empty: out/BOARD/initrd.img-RELEASE
    bool list_only = false;                        ///< nothing is written
    bool offline = false;
};

struct Initramfs {
    std::string release;
    archive::FileTree tree;
    std::filesystem::path file = {};  ///< empty when nothing was written
    std::uint64_t size = 0;           ///< of the file, bytes
};

/// Makes the initramfs of a board whose kernel has been built in the work folder, as board.initramfs says,
/// whether enabled or not.
Result<Initramfs> make_initramfs(const host::Host& host, const board::Board& board,
                                 const std::filesystem::path& work, const InitramfsOptions& options);

}  // namespace rpikit::pipeline
