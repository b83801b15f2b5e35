#include "flasher/card/piece_ring.hpp"

#include <algorithm>

namespace rpikit::card {

PieceRing::PieceRing(std::size_t takers, std::size_t depth)
    : memory_(depth * piece_bytes), pieces_(depth), takers_(takers) {
    for (std::size_t i = 0; i < depth; ++i)
        pieces_.at(i).room = memory_.bytes().subspan(i * piece_bytes, piece_bytes);
}

bool PieceRing::has_room() const {
    return std::ranges::all_of(
        takers_, [this](const Taker& taker) { return taker.gone || given_ - taker.taken < pieces_.size(); });
}

Piece* PieceRing::room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return dropped_ || has_room(); });
    return dropped_ ? nullptr : &pieces_.at(given_ % pieces_.size());
}

void PieceRing::give() {
    const std::scoped_lock lock(mutex_);
    ++given_;
    changed_.notify_all();
}

void PieceRing::end(bool whole) {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    dropped_ = dropped_ || !whole;
    changed_.notify_all();
}

const Piece* PieceRing::take(std::size_t taker) {
    std::unique_lock lock(mutex_);
    auto& self = takers_.at(taker);
    if (self.holds) {
        ++self.taken;
        self.holds = false;
        changed_.notify_all();
    }
    changed_.wait(lock, [&] { return dropped_ || ended_ || self.taken < given_; });
    if (dropped_ || self.taken == given_) return nullptr;
    self.holds = true;
    return &pieces_.at(self.taken % pieces_.size());
}

void PieceRing::leave(std::size_t taker) {
    const std::scoped_lock lock(mutex_);
    takers_.at(taker).gone = true;
    changed_.notify_all();
}

void PieceRing::abandon() {
    const std::scoped_lock lock(mutex_);
    dropped_ = true;
    changed_.notify_all();
}

}  // namespace rpikit::card
