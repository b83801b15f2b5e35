#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::archive {

/// Bytes pulled piece by piece; an empty piece is the end. A piece is valid until the next call.
using ByteStream = std::move_only_function<Result<std::span<const std::byte>>()>;

/// A file, or what comes through a named pipe, from its start to its end. \param progress bytes read of all
Result<ByteStream> open_file_stream(const std::filesystem::path& file, std::stop_token stop,
                                    host::Progress progress);

/// The content of a compressed stream (xz, gzip, zstd, bzip2, lz4), recognised by its first bytes; what is
/// not compressed passes through. A truncated stream ends with an error.
/// \param threads for .xz files of several blocks
ByteStream decompressed(ByteStream input, unsigned threads);

/// One .xz file (the format's specification 1.1.0) after another, decoded by liblzma; libarchive's reader
/// uses one thread only.
ByteStream xz_decoded(ByteStream input, unsigned threads);

/// gzip members that follow each other (RFC 1952), decoded by zlib with their checksums and sizes checked,
/// which libarchive's reader leaves out.
ByteStream gzip_decoded(ByteStream input);

/// A stream whose first piece has `size` bytes at least, unless the whole has less: what came through a pipe
/// may begin with a single byte.
ByteStream with_first_piece(ByteStream input, std::size_t size);

/// What an .xz file unpacks to, in bytes, as the indexes at its streams' ends say; nothing when they are too
/// large to be read. \returns an error when there is none, as of a file that is not whole
Result<std::optional<std::uint64_t>> xz_content_size(const std::filesystem::path& file);

/// How many threads decode an archive that is unpacked to disk.
unsigned decoder_threads();

}  // namespace rpikit::archive
