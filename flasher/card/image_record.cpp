#include "flasher/card/image_record.hpp"

#include <algorithm>

namespace rpikit::card {

ImageRecord::ImageRecord(const archive::BlockMap* map) : ranges_(map) {
    std::ranges::fill(head_.bytes(), std::byte{0});
}

Result<> ImageRecord::add(const Piece& piece) {
    TRY(ranges_.add(piece.offset, piece.bytes()));
    if (piece.offset < piece_bytes) {
        std::ranges::copy(piece.bytes(), head_.bytes().begin() + static_cast<std::ptrdiff_t>(piece.offset));
        head_bytes_ += piece.length;
        return {};
    }
    body_.push_back(
        {.place = {.offset = piece.offset, .length = piece.length}, .hash = quick_hash(piece.bytes())});
    body_bytes_ += piece.length;
    return {};
}

}  // namespace rpikit::card
