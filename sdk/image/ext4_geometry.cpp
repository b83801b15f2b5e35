#include "sdk/image/ext4_geometry.hpp"

#include <algorithm>

#include "sdk/image/ext4_format.hpp"
#include "sdk/image/piece.hpp"

namespace rpikit::image {

namespace {

constexpr std::uint32_t groups_per_flex = 1U << ext4_log_groups_per_flex;
constexpr std::uint32_t descriptors_per_block = ext4_block / sizeof(Ext4GroupDescriptor);
/// Inodes of the groups whose tables lie together: these then take at most half of the first group.
constexpr std::uint64_t most_inodes_together =
    std::uint64_t{ext4_blocks_per_group} / 2 * ext4_inodes_per_block;
constexpr std::uint64_t smallest_rest = 64;  ///< blocks that a last group must have beyond its metadata

bool is_power_of(std::uint32_t number, std::uint32_t base) {
    while (number % base == 0)
        number /= base;
    return number == 1;
}

/// As mke2fs chooses, apart from the upper bound: every block of it is written.
std::uint32_t journal_size(std::uint64_t blocks) {
    if (blocks < 2048) return 0;
    if (blocks < 32768) return 1024;
    return blocks < 262144 ? 4096 : 8192;
}

}  // namespace

std::uint32_t Ext4Geometry::table_blocks() const {
    return inodes_per_group / ext4_inodes_per_block;
}

std::uint64_t Ext4Geometry::group_start(std::uint32_t group) const {
    return std::uint64_t{group} * ext4_blocks_per_group;
}

std::uint64_t Ext4Geometry::group_blocks(std::uint32_t group) const {
    return std::min<std::uint64_t>(ext4_blocks_per_group, blocks - group_start(group));
}

bool Ext4Geometry::has_superblock(std::uint32_t group) {
    return group <= 1 || is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

std::uint32_t Ext4Geometry::superblock_blocks(std::uint32_t group) const {
    return has_superblock(group) ? 1 + descriptor_blocks : 0;
}

std::uint32_t Ext4Geometry::flex_groups(std::uint32_t group) const {
    const std::uint32_t first = group / groups_per_flex * groups_per_flex;
    return std::min(groups_per_flex, groups - first);
}

std::uint64_t Ext4Geometry::flex_start(std::uint32_t group) const {
    const std::uint32_t first = group / groups_per_flex * groups_per_flex;
    return group_start(first) + superblock_blocks(first);
}

std::uint64_t Ext4Geometry::block_bitmap(std::uint32_t group) const {
    return flex_start(group) + group % groups_per_flex;
}

std::uint64_t Ext4Geometry::inode_bitmap(std::uint32_t group) const {
    return flex_start(group) + flex_groups(group) + group % groups_per_flex;
}

std::uint64_t Ext4Geometry::inode_table(std::uint32_t group) const {
    return flex_start(group) + std::uint64_t{2} * flex_groups(group) +
           std::uint64_t{group % groups_per_flex} * table_blocks();
}

std::vector<BlockRun> Ext4Geometry::reserved() const {
    std::vector<BlockRun> runs;
    for (std::uint32_t group = 0; group < groups; ++group) {
        std::uint64_t count = superblock_blocks(group);
        if (group % groups_per_flex == 0) count += std::uint64_t{flex_groups(group)} * (2 + table_blocks());
        if (count > 0) runs.push_back({.start = group_start(group), .count = count});
    }
    return runs;
}

std::uint64_t Ext4Geometry::reserved_blocks() const {
    std::uint64_t count = 0;
    for (const BlockRun& run : reserved())
        count += run.count;
    return count;
}

std::optional<Ext4Geometry> ext4_geometry(std::uint64_t size, std::uint64_t used_inodes) {
    Ext4Geometry geometry;
    geometry.blocks = size / ext4_block;
    // Twice: cutting off a short last group changes what the groups before it must hold.
    for (int round = 0; round < 2; ++round) {
        geometry.groups = static_cast<std::uint32_t>(divide_up(geometry.blocks, ext4_blocks_per_group));
        if (geometry.groups == 0) return std::nullopt;
        geometry.descriptor_blocks =
            static_cast<std::uint32_t>(divide_up(geometry.groups, descriptors_per_block));
        // A quarter more than in use, and one for every 16 KiB, the usual ratio of mke2fs.
        const std::uint64_t inodes = std::max(used_inodes + used_inodes / 4 + 16, geometry.blocks / 4);
        const std::uint64_t per_group = round_up(divide_up(inodes, geometry.groups), ext4_inodes_per_block);
        const std::uint64_t together = std::min(groups_per_flex, geometry.groups);
        if (per_group > ext4_blocks_per_group || per_group * together > most_inodes_together)
            return std::nullopt;
        geometry.inodes_per_group = static_cast<std::uint32_t>(per_group);

        const BlockRun last = geometry.reserved().back();
        const std::uint32_t group = geometry.groups - 1;
        const bool is_last = last.start == geometry.group_start(group);
        const std::uint64_t needed = (is_last ? last.count : 0) + smallest_rest;
        if (geometry.group_blocks(group) >= needed) break;
        geometry.blocks = geometry.group_start(group);
    }
    geometry.journal_blocks = journal_size(geometry.blocks);
    return geometry;
}

}  // namespace rpikit::image
