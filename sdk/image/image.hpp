#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sdk/archive/file_tree.hpp"
#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::image {

/// What goes into one partition.
struct PartitionContent {
    board::Partition partition;
    const archive::FileTree* tree = nullptr;  ///< null: nothing but an empty file system, or none
};

/// A file outside all partitions, as a SoC's ROM wants its boot loader.
struct RawContent {
    std::string name;                       ///< for messages
    std::uint64_t offset = 0;               ///< bytes from the image's start
    const archive::Entry* entry = nullptr;  ///< a regular file
    Location where = {};                    ///< in the descriptor
};

struct ImageRequest {
    board::Image layout;
    std::vector<PartitionContent> contents;  ///< one for each of layout.partitions, same order
    std::string seed;            ///< all identifiers (disk id, GUIDs, volume ids, UUIDs) are derived from it
    std::int64_t timestamp = 0;  ///< seconds since 1970 for file system creation times
    std::string boot_code = {};  ///< what the BIOS starts, at most 440 bytes of the disk's first sector
    /// Neither the table nor the first partition may lie where one of these does.
    std::vector<RawContent> raw = {};
};

/// Where a partition came to lie and what is in it.
struct WrittenPartition {
    std::string name;
    std::string filesystem;
    std::uint64_t offset = 0;  ///< bytes from the image's start
    std::uint64_t size = 0;    ///< bytes
    std::string partuuid;      ///< as root=PARTUUID= wants it
    std::string uuid;          ///< of the file system: "1234-ABCD" or a UUID
};

struct WrittenFile {
    std::string partition;
    std::string path;
    std::uint64_t size = 0;
    std::string sha256;
};

struct WrittenImage {
    std::uint64_t size = 0;
    std::uint64_t mapped = 0;  ///< bytes the block map covers
    std::string sha256;        ///< of the whole image (holes read as zero)
    std::vector<WrittenPartition> partitions;
    std::vector<WrittenFile> files;  ///< sorted by partition, path
};

/// The disk's identifiers before anything is written, so that a command line can name the root partition.
struct Identifiers {
    std::uint32_t disk_id = 0;                 ///< MBR disk signature
    std::array<std::uint8_t, 16> disk_guid{};  ///< GPT
    std::vector<std::string> partuuids;        ///< one a partition
    std::vector<std::string> uuids;            ///< of the file systems, one a partition, as blkid shows them
};
/// Where the first partition starts, bytes; known before any size is. An error for an unknown table.
Result<std::uint64_t> first_partition_offset(const board::Image& layout);

Identifiers derive_identifiers(const board::Image& layout, const std::string& seed);

/// Writes the image and its block map (`image`.bmap, version 2.0), each under a temporary name first: all
/// sizes and contents are checked before the first byte, every byte is written once, sparse, hashed while it
/// passes; no root, no loop device. A partition that is too small is an error that says by how much and names
/// the largest files.
Result<WrittenImage> write_image(const host::Host& host, const ImageRequest& request,
                                 const std::filesystem::path& image, const host::Progress& progress = {});

/// Checks an image from outside: partition table, fsck.fat -n, e2fsck -fn, fsck.f2fs --dry-run on each
/// partition; then waits until it is on its disk. Only after that it may take its place and be recorded as
/// done.
Result<> check_image(const host::Host& host, const std::filesystem::path& image,
                     const std::vector<WrittenPartition>& partitions);

}  // namespace rpikit::image
