#include "flasher/card/fake_capacity.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.hpp"

namespace rpikit::card {

namespace {

/// So many wrong pieces are compared with all others; each costs one pass over the hashes.
constexpr std::size_t looked_at = 8;
/// Fewer wrong pieces at the image's end may be worn cells.
constexpr std::size_t tail_pieces = 4;

const PieceRecord* written_later(std::span<const PieceRecord> pieces, const Mismatch& wrong) {
    const auto later = pieces.subspan(wrong.piece + 1);
    const auto found = std::ranges::find(later, wrong.found, &PieceRecord::hash);
    return found == later.end() ? nullptr : &*found;
}

bool are_the_last(std::span<const PieceRecord> pieces, std::span<const Mismatch> wrong) {
    return wrong.size() >= tail_pieces && wrong.size() < pieces.size() &&
           wrong.front().piece == pieces.size() - wrong.size();
}

}  // namespace

std::optional<std::string> fake_capacity_advice(std::span<const PieceRecord> pieces,
                                                std::span<const Mismatch> wrong) {
    for (const auto& mismatch : wrong.first(std::min(wrong.size(), looked_at))) {
        const auto& here = pieces[mismatch.piece].place;
        if (const auto* there = written_later(pieces, mismatch)) {
            return fmt::format(
                "the card may have less memory than it says, about {}: at offset {} it has what was "
                "written to offset {}",
                format_size(there->place.offset - here.offset), here.offset, there->place.offset);
        }
    }
    if (are_the_last(pieces, wrong)) {
        const auto from = pieces[wrong.front().piece].place.offset;
        return fmt::format(
            "the card may have less memory than it says, about {}: it kept nothing from offset {} on",
            format_size(from), from);
    }
    return std::nullopt;
}

}  // namespace rpikit::card
