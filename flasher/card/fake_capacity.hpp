#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "flasher/card/image_record.hpp"

namespace rpikit::card {

/// A piece of a card that read back wrong.
struct Mismatch {
    std::size_t piece = 0;  ///< index in the image's record
    QuickHash found{};
};

/// What wrong pieces suggest about the card: that one reads back what was written to another place, or that
/// nothing behind some place was kept. Nothing when they suggest neither. It is a guess, and named as one.
std::optional<std::string> fake_capacity_advice(std::span<const PieceRecord> pieces,
                                                std::span<const Mismatch> wrong);

}  // namespace rpikit::card
