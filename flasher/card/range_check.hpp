#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sdk/archive/block_map.hpp"
#include "sdk/support/hash.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::card {

/// Checks the ranges of a block map against the image's bytes as they pass.
class RangeCheck {
  public:
    /// \param map must outlive it; null: nothing is checked
    explicit RangeCheck(const archive::BlockMap* map);

    /// Bytes of the image, ascending; all that is mapped must pass, other bytes may.
    /// \returns an error when a range is complete and its checksum does not hold
    Result<> add(std::uint64_t offset, std::span<const std::byte> bytes);

    /// At the image's end. \returns an error when a range was not complete
    Result<> finish() const;

  private:
    Result<> finish_range();

    const archive::BlockMap* map_;
    std::optional<Hash> hash_;
    std::size_t range_ = 0;  ///< the one that is not complete
};

}  // namespace rpikit::card
