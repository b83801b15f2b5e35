#include "flasher/card/stream_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace rpikit::card {

StreamImage::StreamImage(StreamParts parts, std::optional<std::vector<Extent>> pieces)
    : parts_(std::move(parts)) {
    if (!pieces && parts_.map) pieces = mapped_extents(*parts_.map);
    if (pieces) walk_.emplace(*std::move(pieces));
}

std::optional<std::uint64_t> StreamImage::mapped_bytes() const {
    return walk_ ? walk_->total_bytes() : parts_.size;
}

std::optional<std::uint64_t> StreamImage::expected_bytes() const {
    if (const auto known = mapped_bytes()) return known;
    const double share = parts_.share_read ? parts_.share_read() : 0;
    if (share <= 0 || position_ == 0) return std::nullopt;
    constexpr double most = 1e18;
    const auto guess = std::min(static_cast<double>(position_) / share, most);
    return std::max({static_cast<std::uint64_t>(guess), position_, parts_.least});
}

Error StreamImage::wrong_size() const {
    return {.message = fmt::format("{} has another size than it says", parts_.name),
            .causes = {fmt::format("{} {} bytes, and {} were expected",
                                   ended_ ? "it has" : "it has more than", position_, *parts_.size)},
            .hint = "the image is damaged, or the block map is of another one: get both anew"};
}

Error StreamImage::cannot_read(Error cause) const {
    auto error = with_context(std::move(cause), fmt::format("cannot read {}", parts_.name));
    if (error.hint.empty() && error.kind != ErrorKind::interrupted)
        error.hint = "if the image is damaged, or not whole: get it anew";
    return error;
}

Result<std::uint64_t> StreamImage::pull(std::uint64_t count, std::byte* target) {
    std::uint64_t done = 0;
    while (done < count && !ended_) {
        if (waiting_.empty()) {
            auto piece = parts_.content();
            if (!piece) return fail(cannot_read(std::move(piece).error()));
            waiting_ = *piece;
            ended_ = waiting_.empty();
        }
        const auto length = std::min<std::uint64_t>(count - done, waiting_.size());
        if (target != nullptr && length > 0) std::memcpy(target + done, waiting_.data(), length);
        waiting_ = waiting_.subspan(length);
        done += length;
        position_ += length;
        if (parts_.size && position_ > *parts_.size) return fail(wrong_size());
    }
    return done;
}

Result<> StreamImage::finish() {
    // Its compression is known to be right only at the end, and a block map may leave the end out.
    TRY(pull(std::numeric_limits<std::uint64_t>::max(), nullptr));
    if (position_ == 0) return fail({.message = fmt::format("{} is empty", parts_.name)});
    if (parts_.size && position_ != *parts_.size) return fail(wrong_size());
    return {};
}

Result<std::optional<Extent>> StreamImage::next(std::span<std::byte> buffer) {
    return walk_ ? next_wanted(buffer) : next_of_all(buffer);
}

Result<std::optional<Extent>> StreamImage::next_wanted(std::span<std::byte> buffer) {
    const auto place = walk_->next();
    if (!place) {
        TRY(finish());
        return std::nullopt;
    }
    TRY(pull(place->offset - position_, nullptr));
    TRY_ASSIGN(const auto count, pull(place->length, buffer.data()));
    if (count != place->length) {
        return fail({.message = fmt::format("{} ends at offset {}", parts_.name, position_),
                     .hint = "the image is damaged, or the block map is of another one: get both anew"});
    }
    return place;
}

Result<std::optional<Extent>> StreamImage::next_of_all(std::span<std::byte> buffer) {
    const auto offset = position_;
    TRY_ASSIGN(const auto count, pull(piece_bytes, buffer.data()));
    if (count > 0) return Extent{.offset = offset, .length = count};
    TRY(finish());
    return std::nullopt;
}

Result<std::unique_ptr<ImageSource>> StreamImage::again(std::vector<Extent> pieces) const {
    if (!parts_.reopen) {
        return fail({.message = fmt::format("{} comes only once, so nothing of it can be written again",
                                            parts_.name)});
    }
    TRY_ASSIGN(auto content, parts_.reopen());
    return std::make_unique<StreamImage>(StreamParts{.name = parts_.name, .content = std::move(content)},
                                         std::move(pieces));
}

}  // namespace rpikit::card
