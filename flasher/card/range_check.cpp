#include "flasher/card/range_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rpikit::card {

RangeCheck::RangeCheck(const archive::BlockMap* map) : map_(map) {
    if (map_ != nullptr) hash_ = Hash::of(map_->checksum_type);
}

Result<> RangeCheck::add(std::uint64_t offset, std::span<const std::byte> bytes) {
    const auto end = offset + bytes.size();
    while (map_ != nullptr && range_ < map_->ranges.size()) {
        const auto& range = map_->ranges[range_];
        const auto first = range.first * map_->block_size;
        const auto last = std::min((range.last + 1) * map_->block_size, map_->image_size);
        if (first >= end) break;
        const auto from = std::max(first, offset);
        const auto to = std::min(last, end);
        if (from < to && !range.checksum.empty()) hash_->update(bytes.subspan(from - offset, to - from));
        if (last > end) break;
        TRY(finish_range());
    }
    return {};
}

Result<> RangeCheck::finish() const {
    if (map_ == nullptr || range_ == map_->ranges.size()) return {};
    return fail({.message = fmt::format("the image ends before block {} of its block map",
                                        map_->ranges[range_].last)});
}

Result<> RangeCheck::finish_range() {
    const auto& range = map_->ranges[range_++];
    if (range.checksum.empty()) return {};
    const auto found = hash_->finish();
    if (found == range.checksum) return {};
    return fail({.message = fmt::format("the image differs from its block map in the blocks {} to {}",
                                        range.first, range.last),
                 .causes = {fmt::format("their {} is {}", map_->checksum_type, found),
                            fmt::format("expected was {}", range.checksum)},
                 .hint = "the image is damaged, or the block map is of another one: get both anew"});
}

}  // namespace rpikit::card
