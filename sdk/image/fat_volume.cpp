#include "sdk/image/fat_volume.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "sdk/image/fat_format.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::image {

namespace {

/// No directory of a FAT has more than 65536 entries (fatgen103, section 6).
constexpr std::uint64_t directory_limit = 65536 * sizeof(FatEntry);

std::unexpected<Error> broken(const DiskFile& disk, std::string why) {
    return fail({.message = fmt::format("{} has no valid FAT file system", disk.path().string()),
                 .causes = {std::move(why)}});
}

}  // namespace

Result<FatVolume> FatVolume::open(const DiskFile& disk, std::uint64_t offset) {
    std::array<std::byte, 512> bytes;
    TRY(disk.read(offset, bytes));
    FatBootSector boot;
    Fat32BootSector boot32;
    std::memcpy(&boot, bytes.data(), sizeof boot);
    std::memcpy(&boot32, bytes.data() + sizeof boot, sizeof boot32);

    const std::uint32_t sector = boot.bytes_per_sector;
    const bool known_sector = std::has_single_bit(sector) && sector >= 512 && sector <= 4096;
    if (load_le<std::uint16_t>(bytes, 510) != 0xaa55 || !known_sector) return broken(disk, "no boot sector");
    if (!std::has_single_bit(boot.sectors_per_cluster) || boot.reserved_sectors == 0 || boot.fat_count == 0) {
        return broken(disk, "the boot sector's fields contradict each other");
    }
    const std::uint64_t total = boot.total_sectors_16 != 0 ? boot.total_sectors_16 : boot.total_sectors_32;
    const std::uint64_t fat_sectors = boot.fat_sectors_16 != 0 ? boot.fat_sectors_16 : boot32.fat_sectors_32;

    FatVolume volume(disk);
    volume.cluster_size_ = sector * boot.sectors_per_cluster;
    volume.root_size_ = boot.root_entries * std::uint32_t{sizeof(FatEntry)};
    volume.fat_offset_ = offset + std::uint64_t{boot.reserved_sectors} * sector;
    // Both factors have at most 32 and 8 bits: no overflow.
    volume.root_offset_ = volume.fat_offset_ + fat_sectors * boot.fat_count * sector;
    const std::uint64_t root_sectors = (volume.root_size_ + sector - 1) / sector;
    volume.data_offset_ = volume.root_offset_ + root_sectors * sector;
    if (volume.data_offset_ - offset > total * sector || !disk.holds(offset, total * sector)) {
        return broken(disk, "the file system is larger than what holds it");
    }
    TRY(volume.check_geometry((total * sector - (volume.data_offset_ - offset)) / volume.cluster_size_,
                              fat_sectors * sector));
    if (volume.bits_ == 32) {
        volume.root_cluster_ = boot32.root_cluster;
        volume.root_size_ = 0;
    }
    return volume;
}

Result<> FatVolume::check_geometry(std::uint64_t clusters, std::uint64_t fat_size) {
    if (clusters == 0 || clusters > 0x0ffffff5) return broken(*disk_, "it has no valid number of clusters");
    clusters_ = static_cast<std::uint32_t>(clusters);
    bits_ = clusters_ < fat16_clusters ? 12 : clusters_ < fat32_clusters ? 16 : 32;
    if (((clusters + 2) * bits_ + 7) / 8 > fat_size) {
        return broken(*disk_, "the allocation table is too short for its clusters");
    }
    if (bits_ != 32 && root_size_ == 0) return broken(*disk_, "it has no root directory");
    return {};
}

/// The entry of `cluster`; end-of-chain marks of every width become 0.
Result<std::uint32_t> FatVolume::next(std::uint32_t cluster) const {
    std::array<std::byte, 4> bytes{};
    const std::uint64_t at = fat_offset_ + std::uint64_t{cluster} * bits_ / 8;
    TRY(disk_->read(at, std::span(bytes).first(bits_ == 32 ? 4 : 2)));
    std::uint32_t value = load_le<std::uint32_t>(bytes, 0);
    if (bits_ == 12) value = (cluster % 2 != 0 ? value >> 4 : value) & 0xfff;
    if (bits_ == 32) value &= 0x0fffffff;
    const std::uint32_t end = (std::uint32_t{1} << (bits_ == 32 ? 28 : bits_)) - 8;
    return value >= end ? 0 : value;
}

Result<std::vector<std::uint32_t>> FatVolume::chain(std::uint32_t first, std::uint64_t most) const {
    std::vector<std::uint32_t> clusters;
    for (std::uint32_t cluster = first; cluster != 0 || clusters.empty();) {
        if (cluster < 2 || cluster - 2 >= clusters_) {
            return broken(*disk_, fmt::format("a chain leads to cluster {}, which does not exist", cluster));
        }
        if (clusters.size() >= most) return broken(*disk_, "a chain loops or is longer than its file");
        clusters.push_back(cluster);
        TRY_ASSIGN(cluster, next(cluster));
    }
    return clusters;
}

Result<std::string> FatVolume::read_cluster(std::uint32_t cluster, std::uint32_t length) const {
    return disk_->read(data_offset_ + std::uint64_t{cluster - 2} * cluster_size_, length);
}

Result<std::string> FatVolume::read_directory(std::uint32_t cluster) const {
    if (cluster == 0 && bits_ != 32) return disk_->read(root_offset_, root_size_);
    TRY_ASSIGN(const auto clusters,
               chain(cluster == 0 ? root_cluster_ : cluster, directory_limit / cluster_size_ + 1));
    std::string entries;
    for (const std::uint32_t one : clusters) {
        TRY_ASSIGN(const auto bytes, read_cluster(one, cluster_size_));
        entries += bytes;
    }
    return entries;
}

}  // namespace rpikit::image
