#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sdk/support/result.hpp"

namespace rpikit::card {

/// A piece of an image that must be on the card; ascending, without overlap.
struct ImagePiece {
    std::uint64_t offset = 0;  ///< bytes from the image's start
    std::span<const std::byte> bytes;
};

/// An image to be written, pulled piece by piece: a file, compressed or not, a download, or a stream; with a
/// block map, the holes of a sparse file, or whole.
class ImageSource {
  public:
    virtual ~ImageSource() = default;

    virtual const std::string& name() const = 0;  ///< "rpi4/sdcard.img.xz", for messages
    virtual std::optional<std::uint64_t> size_bytes()
        const = 0;  ///< unpacked; nothing: known at the end only
    virtual std::optional<std::uint64_t> mapped_bytes() const = 0;  ///< what will be written of it

    /// The next piece, valid until the next call; nothing is the end. A block map's checksums are checked as
    /// the bytes pass: a range that does not hold is an error.
    virtual Result<std::optional<ImagePiece>> next() = 0;
};

}  // namespace rpikit::card
