#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "flasher/card/image_source.hpp"
#include "flasher/device/block_device.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::card {

enum class Phase { write, flush, verify, finish, done, failed };

/// How far one card is. Bytes of `total` 0: not known, as of a stream without a size.
struct CardProgress {
    std::size_t card = 0;  ///< index in the cards given
    Phase phase = Phase::write;
    std::uint64_t done = 0;   ///< bytes of this phase
    std::uint64_t total = 0;  ///< bytes of this phase
    bool guessed = false;     ///< `total` is a guess, by how much of a packed image has been read
};

struct FlashOptions {
    bool verify = true;
    bool delta = false;                                 ///< read first, write only pieces that differ
    std::function<void(const CardProgress&)> progress;  ///< called from several threads, one call at a time
};

/// What became of one card.
struct CardResult {
    std::string name;
    std::optional<Error> failure;  ///< nothing: it is whole; of kind `interrupted` after a stop
    bool verified = false;
    bool marked = false;  ///< the first block was overwritten with a note that it is not finished
    bool first_block_written = false;      ///< otherwise the card cannot be taken for a good one
    std::uint64_t written = 0;             ///< bytes of the image
    std::uint64_t unchanged = 0;           ///< bytes that a delta found to be there already
    std::uint64_t rewritten = 0;           ///< bytes written again after they read back wrong
    std::chrono::duration<double> time{};  ///< from its start to its end
    std::vector<Extent> bad;               ///< what reads back wrong, after it was written three times
    std::optional<std::string> advice;     ///< suspected fake capacity, for example
};

/// Writes one image to all cards in one pass over it: one reader, a bounded queue, a thread a card. A card
/// that fails, or is too small, does not stop the others.
///
/// The first block (`piece_bytes` from the card's start) is overwritten with a note before anything else, and
/// gets its content last, after all else was flushed and verified: in between the card has neither its old
/// partition table nor the new one. A GPT's backup at the end counts for nobody without that block. A delta
/// does so before its first write, and writes nothing at all to a card that holds the image already.
///
/// Each card is closed when it is done, and held until then.
/// \returns an error when the image itself fails (read error, damaged stream, a block map's checksum that
/// does not hold); then no card has its first block. Otherwise one result a card, in their order.
Result<std::vector<CardResult>> flash(ImageSource& image, std::span<device::BlockDevice* const> cards,
                                      const FlashOptions& options, std::stop_token stop);

}  // namespace rpikit::card
