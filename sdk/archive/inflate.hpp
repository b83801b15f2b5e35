#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/archive/stream.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::archive {

/// How a kernel, module or initramfs is compressed.
enum class Packing { gzip, bzip2, xz, lzma, lz4, lz4_legacy, lzop, zstd };

/// "gzip", "zstd", ...
std::string_view to_string(Packing packing);

/// By the first bytes, as lib/decompress.c of the kernel tells them.
std::optional<Packing> packing_of(std::string_view bytes);

/// What one hostile file may unpack to.
constexpr std::uint64_t default_unpacked_limit = std::uint64_t{1} << 30;

struct Inflated {
    std::string content;
    std::uint64_t consumed = 0;        ///< bytes of the input that belong to the compressed stream
    std::optional<Error> damage = {};  ///< the stream is truncated or damaged; the content ends there
};

/// Unpacks the compressed stream at the start of `bytes`; what follows it is left alone. gzip members, zstd
/// frames and bzip2 streams that follow each other are one stream.
/// \param limit bytes of content; more is an error: it is a decompression bomb
Result<Inflated> inflate(std::string_view bytes, Packing packing, std::uint64_t limit);

/// The same; damage is an error.
Result<std::string> inflate_whole(std::string_view bytes, Packing packing, std::uint64_t limit);

/// Bytes in memory as a stream; they must outlive it.
ByteStream memory_stream(std::string_view bytes);

}  // namespace rpikit::archive
