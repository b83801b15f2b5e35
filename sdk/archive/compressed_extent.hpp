#pragma once

#include <cstdint>
#include <string_view>

namespace rpikit::archive {

/// How many of the first bytes are zstd frames (RFC 8878, section 3.1), found from their blocks' sizes alone.
/// All bytes when a frame is truncated.
std::uint64_t zstd_extent(std::string_view bytes);

/// The same for LZ4's legacy frame (lz4_Frame_format.md, "Legacy frame"): blocks of a size and that many
/// bytes. A kernel has its unpacked size behind them, which is no possible block's.
std::uint64_t lz4_legacy_extent(std::string_view bytes);

}  // namespace rpikit::archive
