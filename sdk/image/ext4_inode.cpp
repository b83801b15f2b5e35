#include "sdk/image/ext4_inode.hpp"

#include <algorithm>
#include <cstring>

#include "sdk/image/ext4_checksum.hpp"

namespace rpikit::image {

namespace {

using archive::FileType;

std::uint16_t type_bits(FileType type) {
    switch (type) {
        case FileType::fifo:
            return 0x1000;
        case FileType::character_device:
            return 0x2000;
        case FileType::directory:
            return 0x4000;
        case FileType::block_device:
            return 0x6000;
        case FileType::regular:
            return 0x8000;
        case FileType::symlink:
            return 0xa000;
    }
    return 0;
}

/// Seconds from 1901 to 2446: 32 bits, with two more in the extra field (inodes.rst, "Inode Timestamps").
struct InodeTime {
    std::uint32_t low = 0;
    std::uint32_t extra = 0;
};

InodeTime inode_time(std::int64_t time) {
    constexpr std::int64_t first = INT32_MIN;
    constexpr std::int64_t last = INT32_MAX + (std::int64_t{3} << 32);
    time = std::clamp(time, first, last);
    const auto low = static_cast<std::int32_t>(time);
    return {.low = static_cast<std::uint32_t>(low),
            .extra = static_cast<std::uint32_t>((time - low) >> 32 & 3)};
}

void set_times(Ext4Inode& inode, std::int64_t time) {
    const InodeTime stamp = inode_time(time);
    inode.access_time = inode.change_time = inode.modify_time = inode.create_time = stamp.low;
    inode.access_time_extra = inode.change_time_extra = inode.modify_time_extra = inode.create_time_extra =
        stamp.extra;
}

void set_size(Ext4Inode& inode, std::uint64_t size, const Ext4Placement& placement) {
    const std::uint64_t sectors = placement.blocks * (ext4_block / 512);
    inode.size_lo = static_cast<std::uint32_t>(size);
    inode.size_hi = static_cast<std::uint32_t>(size >> 32);
    inode.sectors_lo = static_cast<std::uint32_t>(sectors);
    inode.sectors_hi = static_cast<std::uint16_t>(sectors >> 32);
    inode.xattr_block_lo = static_cast<std::uint32_t>(placement.xattr_block);
    inode.xattr_block_hi = static_cast<std::uint16_t>(placement.xattr_block >> 32);
    inode.extra_size = ext4_extra_size;
}

void set_checksum(Ext4Inode& inode, std::uint32_t number, std::uint32_t checksum_seed) {
    const std::uint32_t checksum = crc32c(ext4_inode_seed(checksum_seed, number), object_bytes(inode));
    inode.checksum_lo = static_cast<std::uint16_t>(checksum);
    inode.checksum_hi = static_cast<std::uint16_t>(checksum >> 16);
}

/// Old form where both numbers fit 8 bits, else the new one in the second word (inodes.rst, "i_block").
void set_device(Ext4Inode& inode, const archive::Entry& entry) {
    const std::uint32_t major = entry.device_major;
    const std::uint32_t minor = entry.device_minor;
    const bool old_form = major < 256 && minor < 256;
    const std::uint32_t number =
        old_form ? major << 8 | minor : (minor & 0xff) | major << 8 | (minor & ~0xffU) << 12;
    std::memcpy(inode.block.data() + (old_form ? 0 : 4), &number, sizeof number);
}

/// What the 60 bytes hold, by the kind of file.
void set_block(Ext4Inode& inode, const Ext4File& file, const Ext4Placement& placement) {
    const archive::Entry* entry = file.node.entry;
    const FileType type = file.node.type;
    const bool fast_symlink = type == FileType::symlink && file.size <= longest_fast_symlink;
    if (fast_symlink) {
        std::ranges::copy(entry->target, inode.block.begin());
    } else if (type == FileType::character_device || type == FileType::block_device) {
        set_device(inode, *entry);
    } else if (type != FileType::fifo) {
        inode.block = placement.extents;
        inode.flags |= ext4_extents_flag;
    }
    if (file.directory.indexed) inode.flags |= ext4_index_flag;
}

}  // namespace

Ext4Inode make_inode(const Ext4File& file, const Ext4Placement& placement, std::uint32_t checksum_seed) {
    const Ext4Node& node = file.node;
    constexpr std::uint32_t most_subdirectories =
        64998;  // beyond, the count is 1: "many" (feature dir_nlink)
    Ext4Inode inode{};
    inode.mode = static_cast<std::uint16_t>(type_bits(node.type) | node.mode);
    if (node.entry != nullptr) {
        inode.uid_lo = static_cast<std::uint16_t>(node.entry->uid);
        inode.uid_hi = static_cast<std::uint16_t>(node.entry->uid >> 16);
        inode.gid_lo = static_cast<std::uint16_t>(node.entry->gid);
        inode.gid_hi = static_cast<std::uint16_t>(node.entry->gid >> 16);
    }
    const bool many = node.type == FileType::directory && node.links > most_subdirectories;
    inode.links = static_cast<std::uint16_t>(many ? 1 : node.links);
    set_times(inode, node.time);
    set_size(inode, file.size, placement);
    set_block(inode, file, placement);
    std::memcpy(inode.xattrs.data(), file.xattrs.in_inode.data(), file.xattrs.in_inode.size());
    set_checksum(inode, node.inode, checksum_seed);
    return inode;
}

Ext4Inode make_journal_inode(const Ext4Placement& placement, std::int64_t timestamp,
                             std::uint32_t checksum_seed) {
    Ext4Inode inode{};
    inode.mode = static_cast<std::uint16_t>(type_bits(FileType::regular) | 0600);
    inode.links = 1;
    inode.flags = ext4_extents_flag;
    inode.block = placement.extents;
    set_times(inode, timestamp);
    set_size(inode, placement.blocks * ext4_block, placement);
    set_checksum(inode, ext4_journal_inode, checksum_seed);
    return inode;
}

}  // namespace rpikit::image
