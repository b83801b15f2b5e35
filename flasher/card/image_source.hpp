#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/archive/block_map.hpp"
#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::card {

/// The most bytes of an image that go to a card in one write, and the grid that no write crosses. Gains are
/// flat above 512 KiB.
constexpr std::size_t piece_bytes = std::size_t{1} << 20;

/// What offsets of pieces are multiples of: no disk has larger sectors.
constexpr std::size_t unit_bytes = 4096;

/// A stretch of an image, in bytes from its start.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool operator==(const Extent&) const = default;
};

/// An image to be written, pulled piece by piece: a file, compressed or not, a download, or a stream; with a
/// block map, the holes of a sparse file, or whole.
class ImageSource {
  public:
    virtual ~ImageSource() = default;

    virtual const std::string& name() const = 0;                    ///< "sdcard.img.xz", for messages
    virtual std::optional<std::uint64_t> size_bytes() const = 0;    ///< unpacked; nothing: known at the end
    virtual std::optional<std::uint64_t> mapped_bytes() const = 0;  ///< what will be written of it
    /// What it has at least, where its size is known at its end only.
    virtual std::uint64_t least_bytes() const { return size_bytes().value_or(0); }
    /// While it is read, what will have been written of it at its end by what has been: a guess, where
    /// mapped_bytes() is not known. Nothing when there is nothing to guess by.
    virtual std::optional<std::uint64_t> expected_bytes() const { return mapped_bytes(); }
    /// The map it is written by, whose checksums hold for the bytes that next() gives; null without one.
    virtual const archive::BlockMap* block_map() const = 0;

    /// Reads the next piece that must be on the card. Pieces ascend, do not overlap, start at a multiple of
    /// `unit_bytes` and do not cross one of `piece_bytes`; only the image's last may end inside a unit.
    /// \param buffer `piece_bytes` long \returns where the bytes belong, nothing at the image's end, which is
    /// reached only when its compression and its size proved right
    virtual Result<std::optional<Extent>> next(std::span<std::byte> buffer) = 0;

    /// The same image once more, to read pieces again that next() gave before, each in one call.
    /// \returns an error for what comes only once, as a download
    virtual Result<std::unique_ptr<ImageSource>> again(std::vector<Extent> pieces) const = 0;
};

struct ImageOptions {
    std::filesystem::path block_map = {};  ///< empty: looked for beside the image (archive::find_block_map)
    bool whole = false;                    ///< no block map is used: every byte is written
    /// Without a block map holes of a sparse file stay on the card as they are. Otherwise they are written as
    /// zeros: whoever made the file sparse (cp, xz -d) may have had zeros that count.
    bool skip_holes = false;
};

/// The path that a file: address names (RFC 8089): "file:", "file://" and "file://localhost" before it are
/// one, and %20 is a blank. Nothing for what is no such address.
std::optional<std::filesystem::path> file_of_address(std::string_view what);

/// Opens an image and reads its first bytes, by which its compression (xz, zstd, gzip, bzip2, lz4, zip) is
/// told.
/// \param what a file, an http:, https: or file: URL, or "-" for the standard input
/// \param host must outlive the source; its stop token ends reads
Result<std::unique_ptr<ImageSource>> open_image(const host::Host& host, const std::string& what,
                                                const ImageOptions& options);

}  // namespace rpikit::card
