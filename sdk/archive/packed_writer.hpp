#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "sdk/archive/archive.hpp"

namespace rpikit::archive {

/// Compresses bytes into a file descriptor as `xz`, `gzip` and `zstd` would a file, .xz with several threads
/// and in blocks of which several can be unpacked at once.
class PackedWriter {
  public:
    /// \param descriptor open for writing, stays open
    static Result<PackedWriter> open(int descriptor, Compression compression, unsigned threads);
    PackedWriter(PackedWriter&&) noexcept;
    PackedWriter& operator=(PackedWriter&&) noexcept;
    ~PackedWriter();

    Result<> write(std::span<const std::byte> bytes);
    /// Ends the compressed stream; without it the file is truncated.
    Result<> finish();

  private:
    struct State;
    explicit PackedWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace rpikit::archive
