#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sdk/image/ext4_extents.hpp"

namespace rpikit::image {

/// How an ext4 is divided: groups of 128 MiB; bitmaps and inode tables of 16 groups together at the start of
/// the first of them (flex_bg); copies of superblock and descriptors in groups 1 and powers of 3, 5, 7
/// (sparse_super).
struct Ext4Geometry {
    std::uint64_t blocks = 0;
    std::uint32_t groups = 0;
    std::uint32_t descriptor_blocks = 0;
    std::uint32_t inodes_per_group = 0;
    std::uint32_t journal_blocks = 0;

    std::uint32_t table_blocks() const;  ///< of each group's inode table
    std::uint64_t inodes() const { return std::uint64_t{inodes_per_group} * groups; }
    std::uint64_t group_start(std::uint32_t group) const;
    std::uint64_t group_blocks(std::uint32_t group) const;  ///< the last group may be short

    static bool has_superblock(std::uint32_t group);
    std::uint32_t superblock_blocks(std::uint32_t group) const;  ///< with descriptors; 0 when it has no copy

    std::uint64_t block_bitmap(std::uint32_t group) const;
    std::uint64_t inode_bitmap(std::uint32_t group) const;
    std::uint64_t inode_table(std::uint32_t group) const;

    /// The blocks that hold metadata at fixed places, ascending.
    std::vector<BlockRun> reserved() const;
    std::uint64_t reserved_blocks() const;

  private:
    std::uint32_t flex_groups(
        std::uint32_t group) const;                       ///< groups whose metadata lies with that of `group`
    std::uint64_t flex_start(std::uint32_t group) const;  ///< where that begins
};

constexpr std::uint32_t ext4_log_groups_per_flex = 4;

/// \param size bytes; a rest too small for a group of its own stays unused
/// \param used_inodes reserved ones included; some more are provided
/// Nothing when the size cannot hold even the metadata.
std::optional<Ext4Geometry> ext4_geometry(std::uint64_t size, std::uint64_t used_inodes);

}  // namespace rpikit::image
