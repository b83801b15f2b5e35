#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "flasher/card/image_source.hpp"

namespace rpikit::card {

/// What of an image is to be written, cut into pieces as ImageSource::next gives them.
class PieceWalk {
  public:
    /// \param extents ascending, each starting at a multiple of `unit_bytes`
    explicit PieceWalk(std::vector<Extent> extents) : extents_(std::move(extents)) {}

    std::optional<Extent> next();
    std::uint64_t total_bytes() const;

  private:
    std::vector<Extent> extents_;
    std::size_t current_ = 0;
    std::uint64_t done_ = 0;  ///< bytes of the current one
};

/// What a block map says is to be written, widened to whole units: a map may have smaller blocks.
std::vector<Extent> mapped_extents(const archive::BlockMap& map);

/// Where a file has data, by SEEK_DATA and SEEK_HOLE (lseek(2)), widened to whole units; all of it on a file
/// system that knows no holes.
std::vector<Extent> data_extents(int descriptor, std::uint64_t size);

}  // namespace rpikit::card
