#include "flasher/card/unfinished_note.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rpikit::card {

void fill_with_note(std::span<std::byte> head, std::uint64_t serial) {
    constexpr std::size_t sector_size = 512;
    for (std::size_t at = 0; at < head.size(); at += sector_size) {
        const auto sector = head.subspan(at, std::min(sector_size, head.size() - at));
        const auto words = fmt::format("rpi-kit: this card is not finished. Write it again. ({:016x}-{})\n",
                                       serial, at / sector_size);
        std::ranges::fill(sector, std::byte{0});
        std::ranges::copy(std::as_bytes(std::span(words)), sector.begin());
    }
}

}  // namespace rpikit::card
