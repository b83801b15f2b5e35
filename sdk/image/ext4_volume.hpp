#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sdk/image/disk_file.hpp"
#include "sdk/image/ext4_format.hpp"

namespace rpikit::image {

/// An ext4 file system opened for reading; nothing of it is trusted (Documentation/filesystems/ext4).
class Ext4Volume {
  public:
    struct DirectoryEntry {
        std::string name;
        std::uint32_t inode = 0;
    };

    /// \param offset bytes from the disk's start; the disk must outlive the volume
    static Result<Ext4Volume> open(const DiskFile& disk, std::uint64_t offset);

    Result<Ext4Inode> inode(std::uint32_t number) const;

    /// A file's content, holes as zeros. \param limit bytes, a larger file is an error
    Result<std::string> content(const Ext4Inode& inode, std::uint64_t limit) const;

    Result<std::string> link_target(const Ext4Inode& inode) const;

    /// The names in a directory that are safe to join to a path; "." and ".." left out.
    Result<std::vector<DirectoryEntry>> directory(const Ext4Inode& inode) const;

  private:
    /// A run of blocks of a file.
    struct Extent {
        std::uint64_t logical = 0;
        std::uint64_t length = 0;
        std::uint64_t start = 0;
        bool written = true;
    };

    explicit Ext4Volume(const DiskFile& disk, std::uint64_t offset) : disk_(&disk), offset_(offset) {}
    Result<> check(const Ext4Superblock& superblock);
    std::unexpected<Error> broken(std::string why) const;
    Result<std::string> read_block(std::uint64_t block) const;

    /// \param node the bytes of an extent tree's node; \param depth the node has to have at most
    Result<> extents(std::string_view node, unsigned depth, std::uint64_t& budget,
                     std::vector<Extent>& found) const;
    Result<> copy_extent(const Extent& extent, std::string& content) const;
    Result<> parse_directory(std::string_view block, std::vector<DirectoryEntry>& entries) const;

    const DiskFile* disk_;
    std::uint64_t offset_;
    std::uint32_t block_size_ = 0;  ///< bytes
    std::uint64_t blocks_ = 0;
    std::uint32_t inodes_ = 0;
    std::uint32_t inodes_per_group_ = 0;
    std::uint32_t inode_size_ = 0;
    std::uint32_t descriptor_size_ = 0;
    std::uint64_t descriptors_ = 0;  ///< bytes from the file system's start
    std::uint64_t groups_ = 0;
};

/// Size in bytes of what an inode stands for.
std::uint64_t ext4_file_size(const Ext4Inode& inode);

}  // namespace rpikit::image
