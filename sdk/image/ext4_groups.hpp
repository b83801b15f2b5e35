#pragma once

#include <cstdint>
#include <vector>

#include "sdk/image/ext4_allocator.hpp"
#include "sdk/image/ext4_content.hpp"
#include "sdk/image/ext4_format.hpp"
#include "sdk/image/piece.hpp"

namespace rpikit::image {

/// Superblocks, descriptors and bitmaps: all that counts what was allocated.
/// \param journal the journal's inode; null when there is none
std::vector<Piece> make_ext4_groups(const Ext4Content& content, const Ext4Geometry& geometry,
                                    const Ext4Allocator& allocator, const Ext4Inode* journal);

}  // namespace rpikit::image
