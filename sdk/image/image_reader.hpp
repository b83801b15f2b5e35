#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sdk/archive/member.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::image {

/// A partition as an image's own table describes it; everything is checked against the image's size.
struct PartitionEntry {
    int number = 0;  ///< from 1
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string type;  ///< "0x0c" or a GUID
    std::string partuuid;
    std::string name = {};  ///< GPT
};

/// Reads the partition table (MBR or GPT) of an image or device.
Result<std::vector<PartitionEntry>> read_partitions(const std::filesystem::path& image);

/// Reads one file out of a FAT12/16/32 file system that lies at `offset` in `image`; names compare without
/// case, long names included. \param limit bytes, a larger file is an error
Result<std::string> read_fat_file(const std::filesystem::path& image, std::uint64_t offset,
                                  const std::string& path, std::uint64_t limit = std::uint64_t{256} << 20);

/// All files and folders in that FAT, sorted by path.
Result<std::vector<archive::Member>> list_fat(const std::filesystem::path& image, std::uint64_t offset);

/// The paths of its files alone, sorted.
Result<std::vector<std::string>> list_fat_files(const std::filesystem::path& image, std::uint64_t offset);

/// All entries of an ext4 file system that lies at `offset` in `image`, sorted by path; names that could lead
/// elsewhere are left out. One with a journal to replay is read as it lies on the disk.
/// \param entries how many there may be, more is an error
Result<std::vector<archive::Member>> list_ext4(const std::filesystem::path& image, std::uint64_t offset,
                                               std::uint64_t entries = 2'000'000);

/// Reads one file out of it; symbolic links in the path are not followed. \param limit bytes, a larger file
/// is an error
Result<std::string> read_ext4_file(const std::filesystem::path& image, std::uint64_t offset,
                                   const std::string& path, std::uint64_t limit = std::uint64_t{256} << 20);

/// The file system at `offset`: "vfat", "ext4", another one's name, or "" when none is known.
Result<std::string> filesystem_at(const std::filesystem::path& image, std::uint64_t offset);

}  // namespace rpikit::image
