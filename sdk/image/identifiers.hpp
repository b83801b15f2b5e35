#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sdk/image/image_types.hpp"

namespace rpikit::image {

/// A UUID that depends on seed and purpose alone.
Uuid derive_uuid(const std::string& seed, std::string_view purpose);

/// What the file system of a partition takes its identifiers from. \param index from 0
Uuid filesystem_id(const std::string& seed, std::size_t index);

}  // namespace rpikit::image
