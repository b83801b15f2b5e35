#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/archive/file_tree.hpp"

namespace rpikit::image {

/// One name in a directory.
struct Ext4Name {
    std::string_view name;
    std::uint32_t inode = 0;
    archive::FileType type = archive::FileType::regular;
};

/// One inode of the file system to be made.
struct Ext4Node {
    const std::string* path = nullptr;      ///< null for the root and lost+found when the tree has none
    const archive::Entry* entry = nullptr;  ///< likewise
    archive::FileType type = archive::FileType::regular;
    std::uint32_t mode = 0;  ///< permission bits
    std::int64_t time = 0;   ///< seconds since 1970
    std::uint32_t inode = 0;
    std::uint32_t parent = 2;  ///< inode of the parent, for directories; the root is its own
    std::uint32_t links = 1;
    std::vector<Ext4Name> names = {};  ///< of a directory, sorted, without "." and ".."
};

/// The inodes of a tree by number, root first, then lost+found, then the rest in the order of their paths.
/// Hard links are resolved; what ext4 cannot hold is an error. \param timestamp for what the tree does not
/// describe
Result<std::vector<Ext4Node>> make_ext4_tree(const archive::FileTree& tree, std::int64_t timestamp);

}  // namespace rpikit::image
