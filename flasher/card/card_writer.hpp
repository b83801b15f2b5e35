#pragma once

#include <vector>

#include "flasher/card/fake_capacity.hpp"
#include "flasher/card/flash_job.hpp"

namespace rpikit::card {

/// Writes the pieces of a job to one card, in a thread of its own. See flash() for the order.
class CardWriter {
  public:
    CardWriter(FlashJob& job, std::size_t index, device::BlockDevice& card);

    /// All of it; closes the card.
    CardResult run();

  private:
    Result<> work();
    Result<> check_stop() const;
    void report(Phase phase, std::uint64_t done, std::uint64_t total, bool guessed = false) {
        job_.report({.card = index_, .phase = phase, .done = done, .total = total, .guessed = guessed});
    }

    // Before the first block.
    Result<> check_card() const;
    Result<> check_fits(std::uint64_t end) const;
    Result<> take_pieces();
    Result<> take(const Piece& piece);
    Result<bool> is_there(const Piece& piece);
    /// Gives the first block its note, the first time it is called.
    Result<> unfinish();
    Result<> flush();
    Result<> write(std::uint64_t offset, std::span<const std::byte> bytes);

    // Read back.
    Result<> verify_body();
    Result<> verify_body_again();
    Result<std::vector<Mismatch>> read_back();
    Result<> read_body(PieceRing& pieces);
    Result<std::vector<Mismatch>> check_body(PieceRing& pieces);
    /// An error when a range of the block map does not hold although the card has what the image had.
    Result<> check_range(const Result<>& range, const std::vector<Mismatch>& wrong);
    Result<> rewrite(std::span<const Mismatch> wrong);
    Error wrong_body(std::span<const Mismatch> wrong, const std::optional<Error>& cause);
    Result<> check_note();

    // The first block.
    std::size_t head_size() const;
    Result<bool> head_is(std::span<const std::byte> expected);
    Result<> finish();
    Result<> write_head();
    Result<> verify_head();

    FlashJob& job_;
    std::size_t index_;
    device::BlockDevice& card_;
    CardResult result_;
    std::uint64_t taken_ = 0;  ///< bytes of the image that passed
    bool unfinished_ = false;  ///< the first block has the note
    bool changed_ = false;     ///< something behind the first block was written
    AlignedBuffer memory_;
    std::span<std::byte> buffer_;  ///< for what is read
    std::span<std::byte> note_;    ///< see unfinish()
};

}  // namespace rpikit::card
