#pragma once

#include <cstdint>
#include <vector>

#include "sdk/archive/file_tree.hpp"
#include "sdk/image/fat_names.hpp"

namespace rpikit::image {

/// A file or directory as it will be on FAT.
struct FatNode {
    const std::string* path = nullptr;  ///< null for the root
    const archive::Entry* entry = nullptr;
    std::uint64_t size = 0;  ///< bytes; of a directory: of its entries
    bool directory = false;
    std::size_t parent = 0;
    FatName name = {};
    std::vector<std::size_t> children = {};  ///< sorted by name
};

/// The nodes of a tree, the root first, parents before children. An error for what FAT cannot hold: links and
/// devices, forbidden names, names that differ only by case, files of 4 GiB and more.
Result<std::vector<FatNode>> make_fat_tree(const archive::FileTree& tree);

}  // namespace rpikit::image
