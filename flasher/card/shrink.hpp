#pragma once

#include <cstdint>
#include <vector>

#include "flasher/device/block_device.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::card {

/// Where an image of a card ends, and what in it must be other than on the card.
struct Cut {
    std::uint64_t size = 0;       ///< bytes of the image
    std::vector<std::byte> head;  ///< instead of the card's first bytes
    std::vector<std::byte> tail;  ///< the image's last bytes, instead of what the card has there
};

/// The cut behind a card's last partition, by its master boot record or GPT (UEFI 2.10, 5.2 and 5.3). A GPT's
/// backup is put there, and the primary one told so. The table is not trusted: what of it lies behind the
/// card's end, or is damaged, is an error.
Result<Cut> cut_behind_partitions(device::BlockDevice& card);

}  // namespace rpikit::card
