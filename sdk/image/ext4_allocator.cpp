#include "sdk/image/ext4_allocator.hpp"

#include <algorithm>

#include "sdk/image/ext4_format.hpp"

namespace rpikit::image {

Ext4Allocator::Ext4Allocator(const Ext4Geometry& geometry) : geometry_(geometry) {
    std::uint64_t end = 0;
    for (const BlockRun& reserved : geometry.reserved()) {
        if (reserved.start > end) free_.push_back({.start = end, .count = reserved.start - end});
        end = reserved.start + reserved.count;
    }
    if (geometry.blocks > end) free_.push_back({.start = end, .count = geometry.blocks - end});
}

std::vector<BlockRun> Ext4Allocator::take(std::uint64_t count) {
    std::vector<BlockRun> taken;
    while (count > 0) {
        const BlockRun& run = free_.at(run_);
        next_ = std::max(next_, run.start);
        const std::uint64_t part = std::min(count, run.start + run.count - next_);
        if (part > 0) taken.push_back({.start = next_, .count = part});
        next_ += part;
        count -= part;
        if (next_ == run.start + run.count) ++run_;
    }
    return taken;
}

bool Ext4Allocator::is_used(std::uint64_t block) const {
    if (block < next_ || block >= geometry_.blocks) return true;
    // The last run that starts at or before the block.
    const auto after = std::ranges::upper_bound(free_, block, {}, &BlockRun::start);
    if (after == free_.begin()) return true;
    const BlockRun& run = *std::prev(after);
    return block >= run.start + run.count;
}

std::string Ext4Allocator::bitmap(std::uint32_t group) const {
    std::string bits(ext4_block, '\0');
    const std::uint64_t start = geometry_.group_start(group);
    for (std::uint32_t i = 0; i < ext4_blocks_per_group; ++i) {
        if (is_used(start + i)) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << i % 8);
    }
    return bits;
}

std::uint64_t Ext4Allocator::free_blocks(std::uint32_t group) const {
    const std::uint64_t start = std::max(geometry_.group_start(group), next_);
    const std::uint64_t end = geometry_.group_start(group) + geometry_.group_blocks(group);
    std::uint64_t count = 0;
    for (const BlockRun& run : free_) {
        const std::uint64_t first = std::max(run.start, start);
        const std::uint64_t last = std::min(run.start + run.count, end);
        if (first < last) count += last - first;
    }
    return count;
}

}  // namespace rpikit::image
