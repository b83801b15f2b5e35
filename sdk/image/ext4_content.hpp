#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sdk/image/ext4_directory.hpp"
#include "sdk/image/ext4_tree.hpp"
#include "sdk/image/ext4_xattr.hpp"
#include "sdk/image/guid.hpp"

namespace rpikit::image {

/// A node with what it needs beside its data.
struct Ext4File {
    Ext4Node node;
    Ext4Directory directory = {};  ///< of a directory
    Ext4Xattrs xattrs = {};
    std::uint64_t size = 0;         ///< bytes, as the inode says
    std::uint64_t data_blocks = 0;  ///< without extent tree and attributes
};

/// All that an ext4 is made from, whatever size it will have.
struct Ext4Content {
    Uuid uuid{};
    std::array<std::uint32_t, 4> hash_seed{};
    std::uint32_t checksum_seed = 0;
    std::string label;
    std::int64_t timestamp = 0;
    std::vector<Ext4File> files;  ///< inode 2, 11, 12, 13...

    std::uint64_t used_inodes() const;  ///< the reserved ones included
};

}  // namespace rpikit::image
