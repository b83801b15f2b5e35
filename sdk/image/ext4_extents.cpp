#include "sdk/image/ext4_extents.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "sdk/image/ext4_checksum.hpp"
#include "sdk/image/ext4_format.hpp"
#include "sdk/image/piece.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::image {

namespace {

constexpr std::size_t in_inode = 4;  ///< extents that fit the inode
constexpr std::size_t in_leaf = (ext4_block - sizeof(Ext4ExtentHeader)) / sizeof(Ext4Extent);
constexpr std::uint64_t longest_extent = 32768;  ///< blocks

std::vector<Ext4Extent> split_runs(const std::vector<BlockRun>& runs) {
    std::vector<Ext4Extent> extents;
    std::uint64_t logical = 0;
    for (BlockRun run : runs) {
        while (run.count > 0) {
            const auto length = std::min(run.count, longest_extent);
            extents.push_back({.logical = static_cast<std::uint32_t>(logical),
                               .length = static_cast<std::uint16_t>(length),
                               .start_hi = static_cast<std::uint16_t>(run.start >> 32),
                               .start_lo = static_cast<std::uint32_t>(run.start)});
            logical += length;
            run.start += length;
            run.count -= length;
        }
    }
    return extents;
}

/// A header and what it counts, at the start of `bytes`.
template <class T>
void store_node(std::span<std::byte> bytes, std::span<const T> records, std::uint16_t depth) {
    const std::size_t room = (bytes.size() - sizeof(Ext4ExtentHeader)) / sizeof(T);
    const Ext4ExtentHeader header{.magic = ext4_extent_magic,
                                  .entries = static_cast<std::uint16_t>(records.size()),
                                  .most = static_cast<std::uint16_t>(room),
                                  .depth = depth,
                                  .generation = 0};
    std::memcpy(bytes.data(), &header, sizeof header);
    std::ranges::copy(std::as_bytes(records), bytes.begin() + sizeof header);
}

std::string make_leaf(std::span<const Ext4Extent> extents, std::uint32_t inode_seed) {
    std::string block(ext4_block, '\0');
    const auto bytes = std::as_writable_bytes(std::span(block));
    store_node(bytes, extents, 0);
    constexpr std::size_t tail = sizeof(Ext4ExtentHeader) + in_leaf * sizeof(Ext4Extent);
    store_le<std::uint32_t>(bytes, tail, crc32c(inode_seed, bytes.first(tail)));
    return block;
}

}  // namespace

std::uint64_t most_extent_blocks(std::uint64_t blocks) {
    // Metadata takes less than half of any group, so a run is at least half a group long but for both ends.
    const std::uint64_t extents = blocks / (ext4_blocks_per_group / 2) + 3;
    return extents <= in_inode ? 0 : divide_up(extents, in_leaf);
}

std::uint64_t count_extent_blocks(const std::vector<BlockRun>& runs) {
    const std::size_t extents = split_runs(runs).size();
    return extents <= in_inode ? 0 : divide_up(extents, in_leaf);
}

Ext4ExtentMap make_extents(const std::vector<BlockRun>& runs, const std::vector<std::uint64_t>& leaf_blocks,
                           std::uint32_t inode_seed) {
    const auto extents = split_runs(runs);
    Ext4ExtentMap map;
    const auto root = std::as_writable_bytes(std::span(map.root));
    if (leaf_blocks.empty()) {
        store_node(root, std::span(extents), 0);
        return map;
    }
    std::vector<Ext4ExtentIndex> index;
    for (std::size_t leaf = 0; leaf < leaf_blocks.size(); ++leaf) {
        const auto rest = std::span(extents).subspan(leaf * in_leaf);
        const auto part = rest.first(std::min(in_leaf, rest.size()));
        index.push_back({.logical = part.front().logical,
                         .leaf_lo = static_cast<std::uint32_t>(leaf_blocks[leaf]),
                         .leaf_hi = static_cast<std::uint16_t>(leaf_blocks[leaf] >> 32),
                         .unused = 0});
        map.leaves.push_back(make_leaf(part, inode_seed));
    }
    store_node(root, std::span<const Ext4ExtentIndex>(index), 1);
    return map;
}

}  // namespace rpikit::image
