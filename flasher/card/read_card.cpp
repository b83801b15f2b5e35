#include "flasher/card/read_card.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "flasher/card/aligned_buffer.hpp"
#include "flasher/card/image_file.hpp"
#include "flasher/card/shrink.hpp"

namespace rpikit::card {

namespace {

/// Puts those bytes of `patch`, which belongs at `place`, where a piece of the image covers them.
void overlay(std::span<const std::byte> patch, std::uint64_t place, std::span<std::byte> piece,
             std::uint64_t offset) {
    const auto from = std::max(place, offset);
    const auto to = std::min(place + patch.size(), offset + piece.size());
    if (from >= to) return;
    std::ranges::copy(patch.subspan(from - place, to - from),
                      piece.begin() + static_cast<std::ptrdiff_t>(from - offset));
}

Result<> copy(device::BlockDevice& card, const Cut& cut, ImageFile& image, const ReadOptions& options,
              const std::stop_token& stop) {
    AlignedBuffer buffer;
    for (std::uint64_t offset = 0; offset < cut.size; offset += piece_bytes) {
        if (stop.stop_requested()) {
            return fail({.message = fmt::format("{} was not read to its end", card.name()),
                         .causes = {"interrupted"},
                         .kind = ErrorKind::interrupted});
        }
        const auto length = std::min<std::uint64_t>(piece_bytes, cut.size - offset);
        if (auto read =
                device::read_whole(card, offset, buffer.bytes().first(round_up(length, card.alignment())));
            !read) {
            return fail(read.error(), fmt::format("cannot read {} at offset {}", card.name(), offset));
        }
        const auto piece = buffer.bytes().first(length);
        overlay(cut.head, 0, piece, offset);
        overlay(cut.tail, cut.size - cut.tail.size(), piece, offset);
        TRY(image.write(piece));
        if (options.progress) options.progress(offset + length, cut.size);
    }
    return {};
}

}  // namespace

Result<ReadSummary> read_card(device::BlockDevice& card, const std::filesystem::path& file,
                              const ReadOptions& options, std::stop_token stop) {
    Cut cut{.size = card.size_bytes()};
    if (options.shrink) {
        TRY_ASSIGN(cut, cut_behind_partitions(card));
    }
    TRY_ASSIGN(auto image, ImageFile::create(file));
    TRY(copy(card, cut, image, options, stop));
    TRY_ASSIGN(const auto stored, image.commit());
    return ReadSummary{.size = cut.size, .stored = stored};
}

}  // namespace rpikit::card
