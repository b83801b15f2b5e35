#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rpikit::image {

/// Blocks that carry data, both ends included.
struct MappedRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::string sha256;
};

/// A block map, format 2.0 (the one of bmap-tools): which blocks of an image must be written. What is not
/// mapped has no meaning; what must read as zero is mapped.
struct BlockMap {
    std::uint64_t image_size = 0;     ///< bytes
    std::uint64_t block_size = 0;     ///< bytes
    std::vector<MappedRange> ranges;  ///< ascending

    std::uint64_t mapped_blocks() const;
    std::uint64_t mapped_bytes() const;  ///< the last block counts as far as the image goes

    /// The XML, with its own checksum in it.
    std::string text() const;
};

}  // namespace rpikit::image
