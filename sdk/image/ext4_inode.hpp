#pragma once

#include <array>
#include <cstdint>

#include "sdk/image/ext4_content.hpp"
#include "sdk/image/ext4_format.hpp"

namespace rpikit::image {

/// Where a file's blocks came to lie.
struct Ext4Placement {
    std::array<std::uint8_t, 60> extents{};  ///< the root of the extent tree
    std::uint64_t blocks = 0;                ///< all of them: data, extent tree, attributes
    std::uint64_t xattr_block = 0;           ///< 0: none
};

/// The inode of a file, its checksum set.
Ext4Inode make_inode(const Ext4File& file, const Ext4Placement& placement, std::uint32_t checksum_seed);

/// The inode of the journal.
Ext4Inode make_journal_inode(const Ext4Placement& placement, std::int64_t timestamp,
                             std::uint32_t checksum_seed);

/// Targets up to this length lie in the inode.
constexpr std::size_t longest_fast_symlink = 59;

}  // namespace rpikit::image
