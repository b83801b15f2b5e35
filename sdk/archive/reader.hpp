#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sdk/archive/stream.hpp"

struct archive;
struct archive_entry;

namespace rpikit::archive {

/// What a Reader takes its bytes for: a tar of any dialect, the ar of a .deb, a cpio (which ends with its
/// trailer, whatever follows), a zip, or a compressed stream whose content is the one "entry".
enum class Format { tar, ar, cpio, zip, compressed };

/// One piece of an entry's data; `offset` jumps over the holes of a sparse file.
struct DataBlock {
    std::span<const std::byte> bytes;
    std::uint64_t offset = 0;
};

/// Entries of an archive, in order, in one pass over a stream (libarchive underneath).
class Reader {
  public:
    static Result<Reader> open(ByteStream stream, Format format);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    /// The next entry, valid until the next call; null at the end. The end is reached only when the stream
    /// has been read and checked to its last byte and, for a tar, its end mark was there.
    Result<archive_entry*> next();

    /// The next piece of the current entry's data; unset at its end.
    Result<std::optional<DataBlock>> data();

    /// How many bytes of the stream the entries read so far took up.
    std::uint64_t position() const;

  private:
    struct State;
    explicit Reader(std::unique_ptr<State> state);
    Error error() const;
    std::unique_ptr<State> state_;
};

/// The data of a reader's current entry as a stream. Owns the reader.
ByteStream entry_stream(Reader reader);

}  // namespace rpikit::archive
