#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/image/guid.hpp"
#include "sdk/image/image.hpp"
#include "sdk/image/piece.hpp"

namespace rpikit::image {

/// For file systems that other programs make.
struct Workplace {
    const host::Host* host = nullptr;
    std::filesystem::path folder = {};  ///< where their files may lie for a while
};

/// What a file system is made from.
struct FilesystemRequest {
    const board::Partition& partition;
    const archive::FileTree& tree;  ///< outlives what is prepared and its pieces
    std::string label;
    Uuid id{};                   ///< derived from the seed; the type takes of it what it needs
    std::int64_t timestamp = 0;  ///< seconds since 1970
    const Workplace& workplace;
};

/// Where a partition lies in the image, bytes.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// The content of one partition, checked and ready to be laid out.
class PreparedFilesystem {
  public:
    virtual ~PreparedFilesystem() = default;

    /// The smallest size, bytes, not below `at_least`, a multiple of `multiple`, that holds the content and
    /// leaves `free` bytes for more files.
    virtual std::uint64_t fitting_size(std::uint64_t at_least, std::uint64_t free,
                                       std::uint64_t multiple) const = 0;

    /// The pieces in ascending order, offsets from the partition's start. `extent.size` is one that fits.
    virtual Result<std::vector<Piece>> lay_out(const Extent& extent) const = 0;
};

/// A file system type; one a file, `filesystem_NAME.cpp`, which defines `filesystem_NAME`.
struct FilesystemType {
    std::string_view name;
    std::uint8_t mbr_type;                ///< when the descriptor gives none
    std::string_view gpt_type;            ///< likewise, a GUID
    std::string (*uuid)(const Uuid& id);  ///< as blkid shows it; empty when the type has none
    Result<std::unique_ptr<PreparedFilesystem>> (*prepare)(const FilesystemRequest& request);
};

/// What a partition table is made from.
struct TableRequest {
    const board::Image& layout;
    const Identifiers& identifiers;
    std::span<const Extent> extents;                     ///< one a partition
    std::span<const FilesystemType* const> filesystems;  ///< likewise
    std::uint64_t image_size = 0;                        ///< bytes
    std::string_view boot_code = {};                     ///< for sector 0, at most as long as its place there
};

/// A partition table type; one a file, `table_NAME.cpp`, which defines `table_NAME`.
struct PartitionTableType {
    std::string_view name;
    std::size_t most_partitions;
    std::uint64_t head;  ///< bytes it takes at the image's start
    std::uint64_t tail;  ///< and at its end
    /// \param index from 0
    std::string (*partuuid)(const Identifiers& identifiers, const std::string& seed, std::size_t index);
    Result<std::vector<Piece>> (*lay_out)(const TableRequest& request);
};

/// The types that an image can be made of.
struct ImageTypes {
    std::vector<const FilesystemType*> filesystems;
    std::vector<const PartitionTableType*> tables;

    /// The type of that name, or an error that names the near match and the known ones.
    Result<const FilesystemType*> filesystem(const board::Partition& partition) const;
    Result<const PartitionTableType*> table(std::string_view name) const;
};

/// All types of this folder; the list is made by CMake from the names of the files.
ImageTypes built_in_types();

}  // namespace rpikit::image
