#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sdk/image/fat_tree.hpp"

namespace rpikit::image {

/// The entries of a directory, bytes (fatgen103, sections 6 and 7).
/// \param clusters the first cluster of each node, 0 for empty files
/// \param label 11 characters or empty; goes into the root
/// \param timestamp of the label, seconds since 1970
std::string fat_directory_bytes(const std::vector<FatNode>& nodes, std::size_t directory,
                                const std::vector<std::uint32_t>& clusters, const std::string& label,
                                std::int64_t timestamp);

}  // namespace rpikit::image
