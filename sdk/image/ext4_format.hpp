#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sdk/image/guid.hpp"

namespace rpikit::image {

// On-disk structures of ext4 as Documentation/filesystems/ext4 of the Linux kernel describes them; the file
// systems made here have blocks of 4 KiB, inodes of 256 bytes and descriptors of 64.

constexpr std::uint32_t ext4_block = 4096;
constexpr std::uint32_t ext4_inode_size = 256;
constexpr std::uint32_t ext4_inodes_per_block = ext4_block / ext4_inode_size;
constexpr std::uint32_t ext4_blocks_per_group = 8 * ext4_block;  ///< one bitmap block's worth

constexpr std::uint32_t ext4_root_inode = 2;
constexpr std::uint32_t ext4_journal_inode = 8;
constexpr std::uint32_t ext4_lost_found_inode = 11;

struct [[gnu::packed]] Ext4Superblock {
    std::uint32_t inodes_count;
    std::uint32_t blocks_count_lo;
    std::uint32_t reserved_blocks_count_lo;
    std::uint32_t free_blocks_count_lo;
    std::uint32_t free_inodes_count;
    std::uint32_t first_data_block;
    std::uint32_t log_block_size;  ///< 1024 << n
    std::uint32_t log_cluster_size;
    std::uint32_t blocks_per_group;
    std::uint32_t clusters_per_group;
    std::uint32_t inodes_per_group;
    std::uint32_t mount_time;
    std::uint32_t write_time;
    std::uint16_t mount_count;
    std::uint16_t max_mount_count;
    std::uint16_t magic;
    std::uint16_t state;
    std::uint16_t errors;
    std::uint16_t minor_revision;
    std::uint32_t last_check;
    std::uint32_t check_interval;
    std::uint32_t creator_os;
    std::uint32_t revision;
    std::uint16_t default_reserved_uid;
    std::uint16_t default_reserved_gid;
    std::uint32_t first_inode;
    std::uint16_t inode_size;
    std::uint16_t block_group;  ///< the group this copy lies in
    std::uint32_t feature_compat;
    std::uint32_t feature_incompat;
    std::uint32_t feature_ro_compat;
    Uuid uuid;
    std::array<char, 16> volume_name;
    std::array<char, 64> last_mounted;
    std::uint32_t algorithm_bitmap;
    std::uint8_t preallocate_blocks;
    std::uint8_t preallocate_directory_blocks;
    std::uint16_t reserved_descriptor_blocks;
    Uuid journal_uuid;
    std::uint32_t journal_inode;
    std::uint32_t journal_device;
    std::uint32_t last_orphan;
    std::array<std::uint32_t, 4> hash_seed;
    std::uint8_t default_hash_version;
    std::uint8_t journal_backup_type;
    std::uint16_t descriptor_size;
    std::uint32_t default_mount_options;
    std::uint32_t first_meta_group;
    std::uint32_t mkfs_time;
    std::array<std::uint32_t, 17> journal_blocks;  ///< copy of the journal's i_block and size
    std::uint32_t blocks_count_hi;
    std::uint32_t reserved_blocks_count_hi;
    std::uint32_t free_blocks_count_hi;
    std::uint16_t min_extra_size;
    std::uint16_t want_extra_size;
    std::uint32_t flags;
    std::uint16_t raid_stride;
    std::uint16_t mmp_interval;
    std::uint64_t mmp_block;
    std::uint32_t raid_stripe_width;
    std::uint8_t log_groups_per_flex;
    std::uint8_t checksum_type;
    std::uint16_t padding;
    std::array<std::uint8_t, 644> rest;
    std::uint32_t checksum;
};
static_assert(sizeof(Ext4Superblock) == 1024);
static_assert(offsetof(Ext4Superblock, magic) == 0x38);
static_assert(offsetof(Ext4Superblock, uuid) == 0x68);
static_assert(offsetof(Ext4Superblock, hash_seed) == 0xec);
static_assert(offsetof(Ext4Superblock, journal_blocks) == 0x10c);
static_assert(offsetof(Ext4Superblock, log_groups_per_flex) == 0x174);

struct [[gnu::packed]] Ext4GroupDescriptor {
    std::uint32_t block_bitmap_lo;
    std::uint32_t inode_bitmap_lo;
    std::uint32_t inode_table_lo;
    std::uint16_t free_blocks_lo;
    std::uint16_t free_inodes_lo;
    std::uint16_t used_directories_lo;
    std::uint16_t flags;
    std::uint32_t exclude_bitmap_lo;
    std::uint16_t block_bitmap_checksum_lo;
    std::uint16_t inode_bitmap_checksum_lo;
    std::uint16_t unused_inodes_lo;  ///< at the table's end, never used
    std::uint16_t checksum;
    std::uint32_t block_bitmap_hi;
    std::uint32_t inode_bitmap_hi;
    std::uint32_t inode_table_hi;
    std::uint16_t free_blocks_hi;
    std::uint16_t free_inodes_hi;
    std::uint16_t used_directories_hi;
    std::uint16_t unused_inodes_hi;
    std::uint32_t exclude_bitmap_hi;
    std::uint16_t block_bitmap_checksum_hi;
    std::uint16_t inode_bitmap_checksum_hi;
    std::uint32_t reserved;
};
static_assert(sizeof(Ext4GroupDescriptor) == 64);
constexpr std::uint16_t ext4_group_table_zeroed = 4;

struct [[gnu::packed]] Ext4Inode {
    std::uint16_t mode;
    std::uint16_t uid_lo;
    std::uint32_t size_lo;
    std::uint32_t access_time;
    std::uint32_t change_time;
    std::uint32_t modify_time;
    std::uint32_t delete_time;
    std::uint16_t gid_lo;
    std::uint16_t links;
    std::uint32_t sectors_lo;  ///< of 512 bytes, xattr and extent blocks included
    std::uint32_t flags;
    std::uint32_t version;
    std::array<std::uint8_t, 60> block;  ///< extents, a short link's target or a device's number
    std::uint32_t generation;
    std::uint32_t xattr_block_lo;
    std::uint32_t size_hi;
    std::uint32_t fragment;
    std::uint16_t sectors_hi;
    std::uint16_t xattr_block_hi;
    std::uint16_t uid_hi;
    std::uint16_t gid_hi;
    std::uint16_t checksum_lo;
    std::uint16_t reserved;
    std::uint16_t extra_size;
    std::uint16_t checksum_hi;
    std::uint32_t change_time_extra;
    std::uint32_t modify_time_extra;
    std::uint32_t access_time_extra;
    std::uint32_t create_time;
    std::uint32_t create_time_extra;
    std::uint32_t version_hi;
    std::uint32_t project;
    std::array<std::uint8_t, 96> xattrs;
};
static_assert(sizeof(Ext4Inode) == ext4_inode_size);
static_assert(offsetof(Ext4Inode, extra_size) == 128);
constexpr std::uint16_t ext4_extra_size = 32;  ///< bytes of an inode in use beyond the classic 128
constexpr std::uint32_t ext4_index_flag = 0x1000;
constexpr std::uint32_t ext4_extents_flag = 0x80000;

struct [[gnu::packed]] Ext4ExtentHeader {
    std::uint16_t magic;
    std::uint16_t entries;
    std::uint16_t most;
    std::uint16_t depth;
    std::uint32_t generation;
};
static_assert(sizeof(Ext4ExtentHeader) == 12);
constexpr std::uint16_t ext4_extent_magic = 0xf30a;

struct [[gnu::packed]] Ext4Extent {
    std::uint32_t logical;
    std::uint16_t length;  ///< blocks, at most 32768
    std::uint16_t start_hi;
    std::uint32_t start_lo;
};
static_assert(sizeof(Ext4Extent) == 12);

struct [[gnu::packed]] Ext4ExtentIndex {
    std::uint32_t logical;
    std::uint32_t leaf_lo;
    std::uint16_t leaf_hi;
    std::uint16_t unused;
};
static_assert(sizeof(Ext4ExtentIndex) == 12);

struct [[gnu::packed]] Ext4DirectoryEntry {
    std::uint32_t inode;
    std::uint16_t record_length;
    std::uint8_t name_length;
    std::uint8_t type;
};
static_assert(sizeof(Ext4DirectoryEntry) == 8);

/// The last 12 bytes of a directory block: looks like an unused entry, holds the block's checksum.
struct [[gnu::packed]] Ext4DirectoryTail {
    std::uint32_t zero;
    std::uint16_t record_length;
    std::uint8_t zero2;
    std::uint8_t type;  ///< 0xde
    std::uint32_t checksum;
};
static_assert(sizeof(Ext4DirectoryTail) == 12);

struct [[gnu::packed]] Ext4XattrHeader {
    std::uint32_t magic;
    std::uint32_t references;
    std::uint32_t blocks;
    std::uint32_t hash;
    std::uint32_t checksum;
    std::array<std::uint32_t, 3> reserved;
};
static_assert(sizeof(Ext4XattrHeader) == 32);
constexpr std::uint32_t ext4_xattr_magic = 0xea020000;

struct [[gnu::packed]] Ext4XattrEntry {
    std::uint8_t name_length;
    std::uint8_t name_index;
    std::uint16_t value_offset;
    std::uint32_t value_inode;
    std::uint32_t value_size;
    std::uint32_t hash;
};
static_assert(sizeof(Ext4XattrEntry) == 16);

/// Big-endian (Documentation/filesystems/ext4/journal.rst).
struct [[gnu::packed]] JournalSuperblock {
    std::uint32_t magic;
    std::uint32_t block_type;
    std::uint32_t transaction;
    std::uint32_t block_size;
    std::uint32_t blocks;
    std::uint32_t first_block;
    std::uint32_t first_transaction;
    std::uint32_t start;  ///< 0: empty
    std::uint32_t error;
    std::array<std::uint32_t, 3> features;
    Uuid uuid;
    std::uint32_t users;
    std::array<std::uint8_t, 956> rest;
};
static_assert(sizeof(JournalSuperblock) == 1024);

}  // namespace rpikit::image
