#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sdk/image/disk_file.hpp"

namespace rpikit::image {

/// A FAT12/16/32 volume opened for reading; nothing of it is trusted (Microsoft "fatgen103").
class FatVolume {
  public:
    /// \param offset bytes from the disk's start; the disk must outlive the volume
    static Result<FatVolume> open(const DiskFile& disk, std::uint64_t offset);

    std::uint32_t cluster_size() const { return cluster_size_; }  ///< bytes

    /// The clusters of a file or directory in order; a loop or a cluster that does not exist is an error.
    /// \param most how many clusters are taken at most, a longer chain is an error
    Result<std::vector<std::uint32_t>> chain(std::uint32_t first, std::uint64_t most) const;

    Result<std::string> read_cluster(std::uint32_t cluster, std::uint32_t length) const;

    /// The raw entries of the root directory, or of the one that starts at `cluster` when it is not 0.
    Result<std::string> read_directory(std::uint32_t cluster) const;

  private:
    explicit FatVolume(const DiskFile& disk) : disk_(&disk) {}
    Result<> check_geometry(std::uint64_t total_sectors, std::uint64_t fat_sectors);
    Result<std::uint32_t> next(std::uint32_t cluster) const;

    const DiskFile* disk_;
    std::uint64_t fat_offset_ = 0;   ///< bytes from the disk's start, as the next two
    std::uint64_t root_offset_ = 0;  ///< of the fixed root directory (FAT12, FAT16)
    std::uint64_t data_offset_ = 0;  ///< of cluster 2
    std::uint32_t root_size_ = 0;    ///< bytes of the fixed root directory
    std::uint32_t root_cluster_ = 0;
    std::uint32_t cluster_size_ = 0;
    std::uint32_t clusters_ = 0;
    unsigned bits_ = 0;  ///< 12, 16 or 32
};

}  // namespace rpikit::image
