#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::archive {

/// Blocks that carry data, both ends included.
struct MappedRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::string checksum;  ///< of BlockMap::checksum_type, lower-case hexadecimal; empty: none given
};

/// A block map (the one of bmap-tools): which blocks of an image must be written. What is not mapped has no
/// meaning; what must read as zero is mapped. A range's checksum ends where the image does, not with its
/// last block.
struct BlockMap {
    std::uint64_t image_size = 0;          ///< bytes
    std::uint64_t block_size = 0;          ///< bytes
    std::vector<MappedRange> ranges;       ///< ascending, without overlap
    std::string checksum_type = "sha256";  ///< a name that Hash knows (sdk/support/hash.hpp)

    std::uint64_t mapped_blocks() const;
    std::uint64_t mapped_bytes() const;  ///< the last block counts as far as the image goes

    /// The XML of format 2.0, with its own checksum in it. The checksums are sha256.
    std::string text() const;
};

/// Reads a block map of format 1.2 to 2.x, hostile ones too: checks its own checksum, that ranges ascend and
/// lie inside the image, and that all counts agree.
/// \param file for messages
Result<BlockMap> parse_block_map(std::string_view xml, const std::filesystem::path& file);

/// The same from a file. A block map has at most 16 MiB.
Result<BlockMap> read_block_map(const std::filesystem::path& file);

/// The block map beside an image: "sdcard.img.xz.bmap", "sdcard.img.bmap", "sdcard.bmap", the first that is.
std::optional<std::filesystem::path> find_block_map(const std::filesystem::path& image);

}  // namespace rpikit::archive
