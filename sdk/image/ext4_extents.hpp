#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace rpikit::image {

/// A run of blocks of the file system.
struct BlockRun {
    std::uint64_t start = 0;
    std::uint64_t count = 0;
};

/// Where a file's blocks are: what goes into the inode, and the blocks of the extent tree below it.
struct Ext4ExtentMap {
    std::array<std::uint8_t, 60> root{};
    std::vector<std::string> leaves;  ///< one a block of `leaf_blocks`
};

/// The most extent tree blocks that a file of so many blocks can need here.
/// Files lie in runs that only the metadata at a group's start breaks, so the bound is small.
std::uint64_t most_extent_blocks(std::uint64_t blocks);

/// How many blocks the tree over these runs needs; 0 when the inode holds it.
std::uint64_t count_extent_blocks(const std::vector<BlockRun>& runs);

/// \param leaf_blocks as many as count_extent_blocks says
/// \param inode_seed start of the checksums
Ext4ExtentMap make_extents(const std::vector<BlockRun>& runs, const std::vector<std::uint64_t>& leaf_blocks,
                           std::uint32_t inode_seed);

}  // namespace rpikit::image
