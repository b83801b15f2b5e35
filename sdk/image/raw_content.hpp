#pragma once

#include <vector>

#include "sdk/image/image.hpp"
#include "sdk/image/image_types.hpp"

namespace rpikit::image {

/// The pieces of what lies outside the partitions. What would overwrite the partition table, reach into the
/// first partition or into another such file is an error that says by how much.
/// \param first_partition where it starts, bytes from the image's start
Result<std::vector<Piece>> place_raw_contents(const ImageRequest& request, const PartitionTableType& table,
                                              std::uint64_t first_partition);

}  // namespace rpikit::image
