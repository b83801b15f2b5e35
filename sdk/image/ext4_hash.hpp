#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rpikit::image {

/// The "half MD4" hash of a name by which large directories are indexed, characters unsigned
/// (Documentation/filesystems/ext4/directory.rst).
std::uint32_t ext4_name_hash(std::string_view name, const std::array<std::uint32_t, 4>& seed);

}  // namespace rpikit::image
