#include "flasher/card/piece_walk.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "flasher/card/aligned_buffer.hpp"

namespace rpikit::card {

namespace {

void add_widened(std::vector<Extent>& extents, std::uint64_t from, std::uint64_t to, std::uint64_t size) {
    from -= from % unit_bytes;
    to = std::min(round_up(to, unit_bytes), size);
    if (!extents.empty() && extents.back().offset + extents.back().length >= from) {
        extents.back().length = to - extents.back().offset;
    } else if (from < to) {
        extents.push_back({.offset = from, .length = to - from});
    }
}

}  // namespace

std::optional<Extent> PieceWalk::next() {
    while (current_ < extents_.size() && done_ == extents_[current_].length) {
        ++current_;
        done_ = 0;
    }
    if (current_ == extents_.size()) return std::nullopt;
    const auto offset = extents_[current_].offset + done_;
    const auto length = std::min(extents_[current_].length - done_, piece_bytes - offset % piece_bytes);
    done_ += length;
    return Extent{.offset = offset, .length = length};
}

std::uint64_t PieceWalk::total_bytes() const {
    std::uint64_t total = 0;
    for (const auto& extent : extents_)
        total += extent.length;
    return total;
}

std::vector<Extent> mapped_extents(const archive::BlockMap& map) {
    std::vector<Extent> extents;
    for (const auto& range : map.ranges)
        add_widened(extents, range.first * map.block_size, (range.last + 1) * map.block_size, map.image_size);
    return extents;
}

std::vector<Extent> data_extents(int descriptor, std::uint64_t size) {
    std::vector<Extent> extents;
    std::uint64_t at = 0;
    while (at < size) {
        const auto data = ::lseek(descriptor, static_cast<off_t>(at), SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;
        const auto hole = data < 0 ? -1 : ::lseek(descriptor, data, SEEK_HOLE);
        if (hole <= data) return {{.offset = 0, .length = size}};
        at = static_cast<std::uint64_t>(hole);
        add_widened(extents, static_cast<std::uint64_t>(data), std::min(at, size), size);
    }
    return extents;
}

}  // namespace rpikit::card
