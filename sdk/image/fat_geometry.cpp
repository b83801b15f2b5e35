#include "sdk/image/fat_geometry.hpp"

#include <algorithm>

#include "sdk/image/fat_format.hpp"
#include "sdk/image/piece.hpp"

namespace rpikit::image {

namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t fat32_from = 128 * mib;
constexpr std::uint32_t margin =
    16;  ///< keep off the bounds of a type, others count differently (section 3.5)
constexpr std::uint32_t sectors_per_block = 8;  ///< data starts at a multiple of 4 KiB, a card's page

/// Cluster sizes to start from, in sectors (section 3.4).
std::uint32_t usual_cluster(std::uint64_t size, unsigned bits) {
    if (bits == 16) return size <= 16 * mib ? 2 : 4;
    if (size <= 8192 * mib) return 8;
    if (size <= 16384 * mib) return 16;
    return size <= 32768 * mib ? 32 : 64;
}

/// The division for one cluster size: the smallest tables that have an entry for every cluster.
FatGeometry divide(std::uint64_t size, unsigned bits, std::uint32_t cluster_sectors,
                   std::uint32_t root_entries) {
    FatGeometry geometry{
        .bits = bits,
        .total_sectors = static_cast<std::uint32_t>(size / 512),
        .root_entries = bits == 16 ? static_cast<std::uint32_t>(round_up(root_entries, 16)) : 0,
        .cluster_sectors = cluster_sectors};
    const std::uint32_t reserved = bits == 16 ? 1 : 32;
    geometry.fat_sectors = 1;
    while (true) {
        geometry.reserved_sectors = reserved;
        const std::uint32_t beyond = geometry.data_sector() % sectors_per_block;
        if (beyond != 0) geometry.reserved_sectors += sectors_per_block - beyond;
        if (geometry.data_sector() >= geometry.total_sectors) return geometry;
        geometry.clusters = (geometry.total_sectors - geometry.data_sector()) / cluster_sectors;
        const auto needed =
            static_cast<std::uint32_t>(divide_up((std::uint64_t{geometry.clusters} + 2) * bits / 8, 512));
        if (needed <= geometry.fat_sectors) return geometry;
        geometry.fat_sectors = needed;
    }
}

}  // namespace

std::optional<FatGeometry> fat_geometry(std::uint64_t size, std::uint32_t root_entries) {
    if (size < smallest_fat || size / 512 > UINT32_MAX) return std::nullopt;
    const unsigned bits = size < fat32_from ? 16 : 32;
    const std::uint32_t fewest = (bits == 16 ? fat16_clusters : fat32_clusters) + margin;
    const std::uint32_t most = bits == 16 ? fat32_clusters - margin : 0x0ffffff0;
    std::uint32_t cluster = usual_cluster(size, bits);
    FatGeometry geometry = divide(size, bits, cluster, root_entries);
    while (geometry.clusters < fewest && cluster > 1)
        geometry = divide(size, bits, cluster /= 2, root_entries);
    while (geometry.clusters > most && cluster < 64)
        geometry = divide(size, bits, cluster *= 2, root_entries);
    if (geometry.clusters < fewest || geometry.clusters > most) return std::nullopt;
    return geometry;
}

}  // namespace rpikit::image
