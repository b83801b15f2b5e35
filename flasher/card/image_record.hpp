#pragma once

#include <cstdint>
#include <vector>

#include "flasher/card/aligned_buffer.hpp"
#include "flasher/card/image_source.hpp"
#include "flasher/card/piece_ring.hpp"
#include "flasher/card/range_check.hpp"
#include "sdk/support/hash.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::card {

/// A piece that went to the cards, as it must read back.
struct PieceRecord {
    Extent place;
    QuickHash hash{};
};

/// What of the image outlives its pass through memory: the hash of every piece, and the first block, which
/// is written at the end.
class ImageRecord {
  public:
    explicit ImageRecord(const archive::BlockMap* map);

    /// Takes the next piece. \returns an error when a range is complete and its checksum does not hold
    Result<> add(const Piece& piece);

    /// At the image's end. \returns an error when something of its block map did not come
    Result<> finish() const { return ranges_.finish(); }

    /// All pieces behind the first block, ascending.
    const std::vector<PieceRecord>& body() const { return body_; }
    /// The first block, zeros where the image has nothing.
    std::span<const std::byte> head() const { return head_.bytes().first(piece_bytes); }
    /// Bytes of the image in the first block.
    std::uint64_t head_bytes() const { return head_bytes_; }
    std::uint64_t body_bytes() const { return body_bytes_; }

  private:
    RangeCheck ranges_;
    std::vector<PieceRecord> body_;
    AlignedBuffer head_;
    std::uint64_t head_bytes_ = 0;
    std::uint64_t body_bytes_ = 0;
};

}  // namespace rpikit::card
