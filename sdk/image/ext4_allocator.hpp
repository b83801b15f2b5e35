#pragma once

#include <cstdint>
#include <vector>

#include "sdk/image/ext4_geometry.hpp"

namespace rpikit::image {

/// Hands out blocks in ascending order around the reserved ones, so that files lie one after the other.
class Ext4Allocator {
  public:
    explicit Ext4Allocator(const Ext4Geometry& geometry);

    /// The caller has seen to it that there are enough (fitting_size).
    std::vector<BlockRun> take(std::uint64_t count);

    /// A group's block bitmap; what lies beyond the end of the file system counts as used.
    std::string bitmap(std::uint32_t group) const;

    std::uint64_t free_blocks(std::uint32_t group) const;

  private:
    bool is_used(std::uint64_t block) const;

    const Ext4Geometry& geometry_;
    std::vector<BlockRun> free_;  ///< runs between the reserved ones; the first are used up
    std::size_t run_ = 0;
    std::uint64_t next_ = 0;  ///< the first block not handed out
};

}  // namespace rpikit::image
