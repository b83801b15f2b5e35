#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "sdk/archive/archive.hpp"

namespace rpikit::archive {

/// Writes bytes to a file descriptor, through xz when that is asked for. libarchive's own xz filter cannot be
/// told to use CRC32, the only check that the kernel's decoder knows (lib/xz/xz_dec_stream.c).
class XzWriter {
  public:
    XzWriter(int descriptor, Compression compression);
    XzWriter(const XzWriter&) = delete;
    XzWriter& operator=(const XzWriter&) = delete;
    ~XzWriter();

    Result<> write(std::span<const std::byte> bytes);
    /// Ends the xz stream; the descriptor stays open.
    Result<> finish();

  private:
    struct Encoder;
    Result<> encode(std::span<const std::byte> bytes, bool last);
    int descriptor_;
    std::unique_ptr<Encoder> encoder_;
};

}  // namespace rpikit::archive
