#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "flasher/card/aligned_buffer.hpp"

namespace rpikit::card {

/// A piece of the image in memory. Behind `length` there are zeros up to the next multiple of `unit_bytes`.
struct Piece {
    std::span<std::byte> room;  ///< `piece_bytes`
    std::uint64_t offset = 0;
    std::size_t length = 0;

    std::span<const std::byte> bytes() const { return room.first(length); }
};

/// Hands every piece that one reader brings to all takers, each at its own pace. The slowest holds the reader
/// up when the ring is full: so memory stays bounded, however long the image is.
class PieceRing {
  public:
    /// 8 MiB. Of more there is no gain: a card does not become faster by what waits for it.
    static constexpr std::size_t usual_depth = 8;

    /// \param depth pieces in memory at once, an even number: AlignedBuffer comes in twos
    explicit PieceRing(std::size_t takers, std::size_t depth = usual_depth);

    /// For the reader: room for the next piece; null when it is not wanted any more.
    Piece* room();
    /// The piece that was written into room() is there for all.
    void give();
    /// No more pieces come. \param whole false: the image failed, and nobody is to go on with what is there
    void end(bool whole);

    /// For a taker: the next piece, valid until its next call; null at the end.
    const Piece* take(std::size_t taker);
    /// This taker takes no more, and holds nobody up.
    void leave(std::size_t taker);
    /// Nobody takes any more.
    void abandon();

  private:
    struct Taker {
        std::uint64_t taken = 0;  ///< pieces that it is done with
        bool holds = false;       ///< and one more that it looks at
        bool gone = false;
    };
    bool has_room() const;

    std::mutex mutex_;
    std::condition_variable changed_;
    AlignedBuffer memory_;
    std::vector<Piece> pieces_;
    std::uint64_t given_ = 0;
    bool ended_ = false;
    bool dropped_ = false;
    std::vector<Taker> takers_;
};

}  // namespace rpikit::card
