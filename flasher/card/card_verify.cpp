#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "flasher/card/card_writer.hpp"

namespace rpikit::card {

namespace {

/// So often what reads back wrong is written again.
constexpr int most_rewrites = 2;
/// So many places are named in words; CardResult::bad has all.
constexpr std::size_t named_places = 10;

/// Neighbours as one.
void add_place(std::vector<Extent>& places, const Extent& place) {
    if (!places.empty() && places.back().offset + places.back().length == place.offset) {
        places.back().length += place.length;
    } else {
        places.push_back(place);
    }
}

std::string list_places(const std::vector<Extent>& places) {
    std::string text;
    for (const auto& place : places) {
        if (&place == &places[0] + named_places) {
            return text + fmt::format("and {} more places\n", places.size() - named_places);
        }
        text += fmt::format("offset {}, {} bytes\n", place.offset, place.length);
    }
    return text;
}

}  // namespace

Result<> CardWriter::verify_body() {
    // After a rewriting all is read anew: what was right may not be any more, on a card that lies about its
    // size.
    for (int rewrites = 0;; ++rewrites) {
        TRY_ASSIGN(const auto wrong, read_back());
        if (wrong.empty()) return check_note();
        if (rewrites == most_rewrites) return fail(wrong_body(wrong, std::nullopt));
        if (auto written = rewrite(wrong); !written) return fail(wrong_body(wrong, written.error()));
    }
}

Result<std::vector<Mismatch>> CardWriter::read_back() {
    // The card reads the next piece while this one is hashed.
    PieceRing pieces(1, 2);
    Result<> read;
    std::jthread reader([&] {
        read = read_body(pieces);
        pieces.end(read.has_value());
    });
    auto wrong = check_body(pieces);
    pieces.abandon();
    reader.join();
    if (!read) return fail(std::move(read).error());
    return wrong;
}

Result<> CardWriter::read_body(PieceRing& pieces) {
    for (const auto& expected : job_.record.body()) {
        auto* const piece = pieces.room();
        if (piece == nullptr) return {};
        piece->offset = expected.place.offset;
        piece->length = static_cast<std::size_t>(expected.place.length);
        const auto there = piece->room.first(round_up(piece->length, card_.alignment()));
        if (auto read = device::read_whole(card_, piece->offset, there); !read) {
            return fail(read.error(),
                        fmt::format("cannot verify {} at offset {}", card_.name(), piece->offset));
        }
        pieces.give();
    }
    return {};
}

Result<std::vector<Mismatch>> CardWriter::check_body(PieceRing& pieces) {
    std::vector<Mismatch> wrong;
    const auto& body = job_.record.body();
    std::uint64_t done = 0;
    RangeCheck ranges(job_.map_to_verify);
    TRY(check_range(ranges.add(0, job_.record.head()), wrong));
    std::size_t checked = 0;
    while (const auto* piece = pieces.take(0)) {
        TRY(check_stop());
        const auto hash = quick_hash(piece->bytes());
        if (hash != body[checked].hash) wrong.push_back({.piece = checked, .found = hash});
        ++checked;
        TRY(check_range(ranges.add(piece->offset, piece->bytes()), wrong));
        done += piece->length;
        report(Phase::verify, done, job_.record.body_bytes());
    }
    // When the card could not be read on, nothing is known of a range that is not complete.
    if (checked == body.size()) TRY(check_range(ranges.finish(), wrong));
    return wrong;
}

Result<> CardWriter::check_range(const Result<>& range, const std::vector<Mismatch>& wrong) {
    // Of a range with wrong pieces nothing is known; without any, the image was so when it was read.
    if (range || !wrong.empty()) return {};
    job_.fail_image(range.error());
    return range;
}

Result<> CardWriter::verify_body_again() {
    // A first block that was not where it belongs may have gone to another place.
    TRY_ASSIGN(const auto wrong, read_back());
    if (wrong.empty()) return {};
    return fail(wrong_body(wrong, std::nullopt));
}

Result<> CardWriter::rewrite(std::span<const Mismatch> wrong) {
    const auto& body = job_.record.body();
    std::vector<Extent> places;
    for (const auto& mismatch : wrong)
        places.push_back(body[mismatch.piece].place);
    TRY_ASSIGN(const auto source, job_.again(std::move(places)));
    for (const auto& mismatch : wrong) {
        TRY(check_stop());
        const auto& expected = body[mismatch.piece];
        std::ranges::fill(buffer_, std::byte{0});
        TRY_ASSIGN(const auto place, source->next(buffer_));
        if (place != expected.place || quick_hash(buffer_.first(place->length)) != expected.hash) {
            return fail({.message = fmt::format("{} has changed while it was written", job_.image.name())});
        }
        TRY(write(place->offset, buffer_.first(round_up(place->length, card_.alignment()))));
        result_.rewritten += place->length;
    }
    return flush();
}

Error CardWriter::wrong_body(std::span<const Mismatch> wrong, const std::optional<Error>& cause) {
    const auto& body = job_.record.body();
    for (const auto& mismatch : wrong)
        add_place(result_.bad, body[mismatch.piece].place);
    result_.advice = fake_capacity_advice(body, wrong);
    Error error{.message = fmt::format("{} reads back other bytes than were written", card_.name()),
                .detail = list_places(result_.bad),
                .hint = "take another card, or another reader; this one has no partition table now"};
    if (!cause) return error;
    error.kind = cause->kind;
    error.causes.push_back(cause->message);
    error.causes.insert(error.causes.end(), cause->causes.begin(), cause->causes.end());
    return error;
}

Result<> CardWriter::check_note() {
    TRY_ASSIGN(const bool same, head_is(note_));
    if (same) return {};
    result_.bad = {{.offset = 0, .length = head_size()}};
    result_.advice =
        "the card may have less memory than it says: what was written elsewhere came to its first block";
    return fail({.message = fmt::format("{} reads back other bytes than were written", card_.name()),
                 .detail = list_places(result_.bad),
                 .hint = "take another card, or another reader"});
}

Result<> CardWriter::verify_head() {
    for (int rewrites = 0;; ++rewrites) {
        TRY_ASSIGN(const bool same, head_is(job_.record.head()));
        if (same && rewrites == 0) return {};
        if (same) return verify_body_again();
        if (rewrites == most_rewrites) break;
        const auto head = job_.record.head().first(head_size());
        TRY(write(0, head));
        TRY(card_.flush());
        result_.rewritten += head.size();
    }
    result_.bad = {{.offset = 0, .length = head_size()}};
    return fail({.message = fmt::format("{} reads back another first block than was written", card_.name()),
                 .detail = list_places(result_.bad),
                 .hint = "take another card, or another reader"});
}

}  // namespace rpikit::card
