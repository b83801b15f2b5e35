#pragma once

#include <cstdint>
#include <span>

#include "sdk/image/guid.hpp"
#include "sdk/support/crc32.hpp"

namespace rpikit::image {

/// The bytes of an object, for checksums.
template <class T>
std::span<const std::byte> object_bytes(const T& object) {
    return std::as_bytes(std::span(&object, 1));
}

/// What every checksum of a file system starts from (feature metadata_csum).
inline std::uint32_t ext4_checksum_seed(const Uuid& uuid) {
    return crc32c(~std::uint32_t{0}, object_bytes(uuid));
}

/// What the checksums of an inode's own blocks start from; generation numbers are 0 here.
inline std::uint32_t ext4_inode_seed(std::uint32_t filesystem_seed, std::uint32_t inode) {
    const std::uint32_t generation = 0;
    return crc32c(crc32c(filesystem_seed, object_bytes(inode)), object_bytes(generation));
}

}  // namespace rpikit::image
