#pragma once

#include <cstdint>
#include <optional>

namespace rpikit::image {

/// How a FAT volume is divided (Microsoft "fatgen103", section 3); sectors of 512 bytes.
struct FatGeometry {
    unsigned bits = 16;  ///< 16 or 32
    std::uint32_t total_sectors = 0;
    std::uint32_t reserved_sectors = 0;
    std::uint32_t fat_sectors = 0;   ///< of each of the two tables
    std::uint32_t root_entries = 0;  ///< 0 on FAT32
    std::uint32_t cluster_sectors = 0;
    std::uint32_t clusters = 0;

    std::uint32_t cluster_size() const { return cluster_sectors * 512; }  ///< bytes
    std::uint32_t root_sector() const { return reserved_sectors + 2 * fat_sectors; }
    std::uint32_t data_sector() const { return root_sector() + root_entries * 32 / 512; }  ///< of cluster 2
};

/// FAT16 below 128 MiB, FAT32 from there on, with clusters of a size that keeps their count inside the bounds
/// of the type. Nothing when the size is too small for FAT16 or too large for FAT32.
/// \param size bytes
/// \param root_entries for FAT16: how many the root directory must have
std::optional<FatGeometry> fat_geometry(std::uint64_t size, std::uint32_t root_entries);

/// Sizes below have too few clusters for FAT16.
constexpr std::uint64_t smallest_fat = std::uint64_t{2200} << 10;

}  // namespace rpikit::image
