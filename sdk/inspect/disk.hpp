#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/member.hpp"
#include "sdk/image/image_reader.hpp"

namespace rpikit::inspect {

/// A partition of an image, or the whole image when it is one file system (number 0).
struct Volume {
    image::PartitionEntry partition;
    std::string filesystem;  ///< "vfat", "ext4", another one's name, "" when it is not known

    /// Whether its files can be listed and read here.
    bool readable() const { return filesystem == "vfat" || filesystem == "ext4"; }
};

Result<std::vector<Volume>> read_volumes(const std::filesystem::path& image);

/// Files and folders of a readable one, sorted by path.
Result<std::vector<archive::Member>> list_volume(const std::filesystem::path& image, const Volume& volume,
                                                 const archive::Limits& limits);

Result<std::string> read_volume_file(const std::filesystem::path& image, const Volume& volume,
                                     const std::string& path, std::uint64_t limit);

/// One file of an image. \param path "2:/etc/passwd", or "/etc/passwd" for the first partition that has it
Result<std::string> read_disk_file(const std::filesystem::path& image, const std::string& path,
                                   const archive::Limits& limits);

struct DiskFile {
    std::string path;  ///< "1:/kernel8.img"
    std::string bytes;
};

/// The files of an image that are named as kernels are: any on a FAT, those below /boot elsewhere.
Result<std::vector<DiskFile>> find_kernels(const std::filesystem::path& image, const archive::Limits& limits);

/// The files named config-RELEASE where kernels lie.
Result<std::vector<DiskFile>> find_configurations(const std::filesystem::path& image,
                                                  const archive::Limits& limits);

}  // namespace rpikit::inspect
