#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rpikit::card {

/// Fills a card's first block with words that say to whoever looks that the card is not finished, and that
/// are neither a partition table nor a file system. Every sector has another one: where they do not come
/// back, a write to somewhere else has come here.
/// \param serial what tells this run from others
void fill_with_note(std::span<std::byte> head, std::uint64_t serial);

}  // namespace rpikit::card
