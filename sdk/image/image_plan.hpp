#pragma once

#include <vector>

#include "sdk/image/image_types.hpp"

namespace rpikit::image {

/// Everything about an image but its bytes; made before the first of them is written.
struct ImagePlan {
    std::uint64_t size = 0;     ///< bytes
    std::vector<Piece> pieces;  ///< ascending, offsets from the image's start; refer to the request's trees
    std::vector<WrittenPartition> partitions;
};

/// Lays out partitions and all that is in them. Every mistake in the request is found here.
/// \param workplace for file systems that other programs make
Result<ImagePlan> plan_image(const ImageRequest& request, const ImageTypes& types,
                             const Workplace& workplace = {});

/// As image.hpp's, with other types than the built-in ones.
Result<WrittenImage> write_image(const host::Host& host, const ImageRequest& request, const ImageTypes& types,
                                 const std::filesystem::path& image, const host::Progress& progress = {});

/// The unit in which an image is mapped or a hole, bytes; also the block map's.
constexpr std::uint64_t map_block = 4096;

}  // namespace rpikit::image
