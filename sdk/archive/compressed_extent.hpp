#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rpikit::archive {

/// How many of the first bytes are zstd frames (RFC 8878, section 3.1), found from their blocks' sizes alone.
/// All bytes when a frame is truncated.
std::uint64_t zstd_extent(std::string_view bytes);

/// So many first bytes of a zstd frame say what it unpacks to, if it says that.
constexpr std::size_t zstd_header_bytes = 18;

/// What the first zstd frame says that it unpacks to, in bytes; other frames may follow. Nothing when it does
/// not say, as what was compressed from a pipe. \param bytes the first ones, `zstd_header_bytes` or more
std::optional<std::uint64_t> zstd_content_size(std::string_view bytes);

/// How many of the first bytes are of LZ4's legacy frame (lz4_Frame_format.md, "Legacy frame"): blocks of a
/// size and that many bytes. A kernel has its unpacked size behind them, which is no possible block's.
std::uint64_t lz4_legacy_extent(std::string_view bytes);

}  // namespace rpikit::archive
