#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>

#include "flasher/device/block_device.hpp"
#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::card {

struct ReadOptions {
    bool shrink = false;  ///< leave out what lies behind the last partition
    host::Progress progress = {};
};

struct ReadSummary {
    std::uint64_t size = 0;    ///< bytes of the image, unpacked
    std::uint64_t stored = 0;  ///< bytes that the file takes on the disk
};

/// Reads a card into an image file, which appears whole or not at all. Compressed by the name's ending: .xz,
/// .zst, .gz; any other: as it is, with holes for blocks of zeros. The card is not written to, and stays
/// open. With `shrink` the image ends behind the last partition; a GPT gets its backup there, so that it is
/// valid.
Result<ReadSummary> read_card(device::BlockDevice& card, const std::filesystem::path& file,
                              const ReadOptions& options, std::stop_token stop);

}  // namespace rpikit::card
