#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "sdk/archive/file_tree.hpp"

namespace rpikit::image {

/// Makes a file of that size, bytes, that is one hole.
Result<> make_sparse_file(const std::filesystem::path& file, std::uint64_t size);

/// What of a file is no hole, ascending.
Result<std::vector<archive::FileSlice>> data_ranges(const std::filesystem::path& file);

}  // namespace rpikit::image
