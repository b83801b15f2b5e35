#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sdk/image/ext4_tree.hpp"

namespace rpikit::image {

/// The blocks of a directory, and whether they begin with an index.
struct Ext4Directory {
    std::string blocks;
    bool indexed = false;
};

/// A directory that fits one block is a plain list; a larger one gets a hash index over its blocks (feature
/// dir_index), unless that would need more than one level: then it is a list again, which every kernel reads.
/// \param seed the file system's checksum seed
Ext4Directory make_ext4_directory(const Ext4Node& node, const std::array<std::uint32_t, 4>& hash_seed,
                                  std::uint32_t seed);

}  // namespace rpikit::image
