#include "flasher/card/card_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "flasher/card/unfinished_note.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::card {

CardWriter::CardWriter(FlashJob& job, std::size_t index, device::BlockDevice& card)
    : job_(job),
      index_(index),
      card_(card),
      result_{.name = card.name()},
      buffer_(memory_.bytes().first(piece_bytes)),
      note_(memory_.bytes().last(piece_bytes)) {
    std::random_device random;
    fill_with_note(note_, std::uint64_t{random()} << 32 | random());
}

CardResult CardWriter::run() {
    const auto start = std::chrono::steady_clock::now();
    auto done = work();
    job_.ring.leave(index_);
    const auto closed = card_.close();
    if (done && !closed)
        done = fail(closed.error(), fmt::format("{} failed when it was closed", card_.name()));
    if (!done) {
        result_.failure = std::move(done).error();
        result_.verified = false;
    }
    result_.marked = unfinished_;
    result_.time = std::chrono::steady_clock::now() - start;
    report(result_.failure ? Phase::failed : Phase::done, 0, 0);
    return std::move(result_);
}

Result<> CardWriter::work() {
    TRY(check_card());
    if (!job_.options.delta) TRY(unfinish());
    TRY(take_pieces());
    if (!job_.is_whole.get()) return fail({.message = fmt::format("{} is not finished", card_.name())});
    TRY(flush());
    if (job_.options.verify && (changed_ || job_.map_to_verify != nullptr)) TRY(verify_body());
    TRY(check_stop());
    TRY(finish());
    result_.verified = job_.options.verify;
    return {};
}

Result<> CardWriter::check_stop() const {
    if (!job_.stop.stop_requested()) return {};
    return fail({.message = fmt::format("{} is not finished", card_.name()),
                 .causes = {"interrupted"},
                 .hint = "write it again: it has no partition table now",
                 .kind = ErrorKind::interrupted});
}

Result<> CardWriter::check_card() const {
    if (unit_bytes % card_.alignment() != 0) {
        return fail({.message = fmt::format("{} has sectors of {} bytes, and {} are the most that are known",
                                            card_.name(), card_.alignment(), unit_bytes)});
    }
    return check_fits(job_.image.least_bytes());
}

Result<> CardWriter::check_fits(std::uint64_t end) const {
    if (end <= card_.size_bytes()) return {};
    const auto size = job_.image.size_bytes();
    return fail({.message = fmt::format("{} is larger than {}", job_.image.name(), card_.name()),
                 .causes = {size ? fmt::format("it has {}, the card {}", format_size(*size),
                                               format_size(card_.size_bytes()))
                                 : fmt::format("the card has {}, and the image goes on behind its end",
                                               format_size(card_.size_bytes()))},
                 .hint = "take a larger card"});
}

Result<> CardWriter::take_pieces() {
    while (const auto* piece = job_.ring.take(index_)) {
        TRY(check_stop());
        TRY(check_fits(piece->offset + piece->length));
        if (piece->offset >= piece_bytes) TRY(take(*piece));
        taken_ += piece->length;
        const auto known = job_.image.mapped_bytes();
        report(Phase::write, taken_, known ? *known : job_.expected.load(), !known);
    }
    return check_stop();
}

Result<> CardWriter::take(const Piece& piece) {
    if (job_.options.delta) {
        TRY_ASSIGN(const bool same, is_there(piece));
        if (same) {
            result_.unchanged += piece.length;
            return {};
        }
        TRY(unfinish());
    }
    changed_ = true;
    TRY(write(piece.offset, piece.room.first(round_up(piece.length, card_.alignment()))));
    result_.written += piece.length;
    return {};
}

Result<bool> CardWriter::is_there(const Piece& piece) {
    const auto there = buffer_.first(round_up(piece.length, card_.alignment()));
    TRY(device::read_whole(card_, piece.offset, there));
    return std::memcmp(there.data(), piece.room.data(), piece.length) == 0;
}

Result<> CardWriter::unfinish() {
    if (unfinished_) return {};
    TRY(write(0, note_.first(head_size())));
    if (auto flushed = card_.flush(); !flushed) {
        return fail(flushed.error(), fmt::format("cannot write {}", card_.name()));
    }
    unfinished_ = true;
    return {};
}

Result<> CardWriter::flush() {
    if (!changed_) return {};
    report(Phase::flush, 0, 0);
    auto flushed = card_.flush();
    if (!flushed)
        return fail(flushed.error(), fmt::format("{} did not take all that was written", card_.name()));
    return {};
}

Result<> CardWriter::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    auto written = device::write_whole(card_, offset, bytes);
    if (written) return {};
    return fail(written.error(), fmt::format("cannot write {} at offset {}", card_.name(), offset));
}

std::size_t CardWriter::head_size() const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, card_.size_bytes()));
}

Result<bool> CardWriter::head_is(std::span<const std::byte> expected) {
    const auto there = buffer_.first(head_size());
    TRY(device::read_whole(card_, 0, there));
    return std::ranges::equal(there, expected.first(there.size()));
}

Result<> CardWriter::finish() {
    const auto bytes = job_.record.head_bytes();
    report(Phase::finish, 0, bytes);
    if (job_.options.delta && !unfinished_) {
        TRY_ASSIGN(const bool same, head_is(job_.record.head()));
        if (same) {
            result_.unchanged += bytes;
            result_.first_block_written = true;
            report(Phase::finish, bytes, bytes);
            return {};
        }
    }
    auto finished = write_head();
    if (!finished) {
        // What is there may look whole, and is not known to be.
        const bool noted = device::write_whole(card_, 0, note_.first(head_size())) && card_.flush();
        result_.first_block_written = !noted;
        return finished;
    }
    result_.written += bytes;
    report(Phase::finish, bytes, bytes);
    return {};
}

Result<> CardWriter::write_head() {
    result_.first_block_written = true;
    TRY(write(0, job_.record.head().first(head_size())));
    if (auto flushed = card_.flush(); !flushed) {
        return fail(flushed.error(), fmt::format("{} did not take its first block", card_.name()));
    }
    return job_.options.verify ? verify_head() : Result<>{};
}

}  // namespace rpikit::card
