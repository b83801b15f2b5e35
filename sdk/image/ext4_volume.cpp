#include "sdk/image/ext4_volume.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "sdk/support/bytes.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::image {

namespace {

constexpr std::uint64_t superblock_offset = 1024;
constexpr std::uint16_t ext4_magic = 0xef53;
constexpr std::uint32_t incompat_64bit = 0x80;
constexpr std::uint32_t inline_data_flag = 0x10000000;
constexpr std::uint32_t encrypted_flag = 0x800;

/// What a reader need not know to find names and contents: filetype, recover, extents, 64bit, mmp, flex_bg,
/// ea_inode, csum_seed, largedir (super.rst, "s_feature_incompat"). The others move things about.
constexpr std::uint32_t known_incompat =
    0x0002 | 0x0004 | 0x0040 | 0x0080 | 0x0100 | 0x0200 | 0x0400 | 0x2000 | 0x4000;

/// Bytes; the kernel's own limit on a directory without "largedir" is 2 GiB, no sane one reaches this.
constexpr std::uint64_t directory_limit = std::uint64_t{256} << 20;
/// Blocks of extent nodes that one file may take: with 4 KiB blocks enough for 340 extents each.
constexpr std::uint64_t most_nodes = 65536;
constexpr std::size_t most_extents = 1 << 20;

bool is_usable(std::string_view name) {
    return name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

}  // namespace

std::uint64_t ext4_file_size(const Ext4Inode& inode) {
    return std::uint64_t{inode.size_hi} << 32 | inode.size_lo;
}

std::unexpected<Error> Ext4Volume::broken(std::string why) const {
    return fail(
        {.message = fmt::format("the ext4 at byte {} of {} cannot be read", offset_, disk_->path().string()),
         .causes = {std::move(why)}});
}

Result<Ext4Volume> Ext4Volume::open(const DiskFile& disk, std::uint64_t offset) {
    Ext4Volume volume(disk, offset);
    Ext4Superblock superblock;
    if (!disk.holds(offset, superblock_offset + sizeof superblock)) return volume.broken("it is cut off");
    TRY(disk.read(offset + superblock_offset, std::as_writable_bytes(std::span(&superblock, 1))));
    TRY(volume.check(superblock));
    return volume;
}

Result<> Ext4Volume::check(const Ext4Superblock& superblock) {
    if (superblock.magic != ext4_magic) return broken("it has no superblock");
    if (superblock.log_block_size > 6) return broken("its blocks have no valid size");
    if (const auto unknown = superblock.feature_incompat & ~known_incompat; unknown != 0) {
        return broken(fmt::format("it has features that are not known here (0x{:x})", unknown));
    }
    const bool wide = (superblock.feature_incompat & incompat_64bit) != 0;
    block_size_ = 1024U << superblock.log_block_size;
    blocks_ = superblock.blocks_count_lo | (wide ? std::uint64_t{superblock.blocks_count_hi} << 32 : 0);
    inodes_ = superblock.inodes_count;
    inodes_per_group_ = superblock.inodes_per_group;
    inode_size_ = superblock.revision == 0 ? 128 : superblock.inode_size;
    descriptor_size_ = wide ? superblock.descriptor_size : 32;
    const bool sizes = inode_size_ >= 128 && inode_size_ <= block_size_ && inodes_per_group_ != 0 &&
                       superblock.blocks_per_group != 0 && descriptor_size_ >= 32 && descriptor_size_ <= 1024;
    if (!sizes || blocks_ == 0 || blocks_ > disk_->size() / block_size_ ||
        !disk_->holds(offset_, blocks_ * block_size_)) {
        return broken("its superblock's fields contradict each other or its size");
    }
    groups_ = (blocks_ + superblock.blocks_per_group - 1) / superblock.blocks_per_group;
    descriptors_ = (std::uint64_t{superblock.first_data_block} + 1) * block_size_;
    return {};
}

Result<std::string> Ext4Volume::read_block(std::uint64_t block) const {
    if (block == 0 || block >= blocks_)
        return broken(fmt::format("it refers to block {}, which does not exist", block));
    return disk_->read(offset_ + block * block_size_, block_size_);
}

Result<Ext4Inode> Ext4Volume::inode(std::uint32_t number) const {
    const std::uint64_t group = number == 0 ? groups_ : (number - 1) / inodes_per_group_;
    if (number > inodes_ || group >= groups_) {
        return broken(fmt::format("it refers to inode {}, which does not exist", number));
    }
    Ext4GroupDescriptor descriptor{};
    const auto width = std::min<std::size_t>(descriptor_size_, sizeof descriptor);
    TRY(disk_->read(offset_ + descriptors_ + group * descriptor_size_,
                    std::as_writable_bytes(std::span(&descriptor, 1)).first(width)));
    const auto table = std::uint64_t{descriptor.inode_table_hi} << 32 | descriptor.inode_table_lo;
    const auto inside = std::uint64_t{(number - 1) % inodes_per_group_} * inode_size_;
    if (table >= blocks_ || inside / block_size_ >= blocks_ - table) {
        return broken("a table of inodes lies outside");
    }
    Ext4Inode inode{};
    TRY(disk_->read(offset_ + table * block_size_ + inside,
                    std::as_writable_bytes(std::span(&inode, 1))
                        .first(std::min<std::size_t>(inode_size_, sizeof inode))));
    return inode;
}

Result<> Ext4Volume::extents(std::string_view node, unsigned depth, std::uint64_t& budget,
                             std::vector<Extent>& found) const {
    Ext4ExtentHeader header;
    std::memcpy(&header, node.data(), sizeof header);
    const auto room = (node.size() - sizeof header) / sizeof(Ext4Extent);
    if (header.magic != ext4_extent_magic || header.entries > room || header.depth > depth) {
        return broken("a tree of extents is damaged");
    }
    for (std::size_t i = 0; i < header.entries; ++i) {
        const auto* entry = node.data() + sizeof header + i * sizeof(Ext4Extent);
        if (header.depth > 0) {
            Ext4ExtentIndex index;
            std::memcpy(&index, entry, sizeof index);
            if (budget-- == 0) return broken("a tree of extents is too large");
            TRY_ASSIGN(const auto child, read_block(std::uint64_t{index.leaf_hi} << 32 | index.leaf_lo));
            TRY(extents(child, header.depth - 1U, budget, found));
            continue;
        }
        Ext4Extent extent;
        std::memcpy(&extent, entry, sizeof extent);
        constexpr std::uint16_t most = 32768;  // longer ones are allocated and not written yet
        const bool written = extent.length <= most;
        const bool ordered =
            found.empty() ||
            extent.logical >= found.back().logical + std::max<std::uint64_t>(found.back().length, 1);
        if (!ordered || found.size() >= most_extents) return broken("the extents of a file are out of order");
        found.push_back({.logical = extent.logical,
                         .length = written ? extent.length : extent.length - std::uint64_t{most},
                         .start = std::uint64_t{extent.start_hi} << 32 | extent.start_lo,
                         .written = written});
    }
    return {};
}

Result<> Ext4Volume::copy_extent(const Extent& extent, std::string& content) const {
    if (extent.start == 0 || extent.start >= blocks_ || extent.length > blocks_ - extent.start) {
        return broken("a file lies outside");
    }
    const std::uint64_t begin = extent.logical * block_size_;
    if (begin >= content.size() || !extent.written) return {};
    const auto size = std::min<std::uint64_t>(extent.length * block_size_, content.size() - begin);
    return disk_->read(offset_ + extent.start * block_size_,
                       std::as_writable_bytes(std::span(content)).subspan(begin, size));
}

Result<std::string> Ext4Volume::content(const Ext4Inode& inode, std::uint64_t limit) const {
    const auto size = ext4_file_size(inode);
    if (size > limit) {
        return fail({.message = fmt::format("it has {}, more than the {} expected", format_size(size),
                                            format_size(limit))});
    }
    if ((inode.flags & encrypted_flag) != 0) return fail({.message = "it is encrypted"});
    if ((inode.flags & inline_data_flag) != 0)
        return fail({.message = "it has inline data, which is not read here"});
    if ((inode.flags & ext4_extents_flag) == 0 && inode.sectors_lo != 0) {
        return fail({.message = "it has the block map of ext2 and ext3, which is not read here"});
    }
    std::vector<Extent> found;
    std::uint64_t budget = most_nodes;
    if ((inode.flags & ext4_extents_flag) != 0) {
        const std::string_view root(reinterpret_cast<const char*>(inode.block.data()), inode.block.size());
        constexpr unsigned deepest = 5;
        TRY(extents(root, deepest, budget, found));
    }
    std::string content(size, '\0');
    for (const Extent& extent : found)
        TRY(copy_extent(extent, content));
    return content;
}

Result<std::string> Ext4Volume::link_target(const Ext4Inode& inode) const {
    constexpr std::uint64_t longest = 4096;
    const auto size = ext4_file_size(inode);
    if (size < inode.block.size() && (inode.flags & ext4_extents_flag) == 0) {
        return std::string(reinterpret_cast<const char*>(inode.block.data()), size);
    }
    return content(inode, longest);
}

Result<> Ext4Volume::parse_directory(std::string_view block, std::vector<DirectoryEntry>& entries) const {
    while (!block.empty()) {
        Ext4DirectoryEntry entry;
        if (block.size() < sizeof entry) return broken("a directory is damaged");
        std::memcpy(&entry, block.data(), sizeof entry);
        // 64 KiB do not fit: they are written as 65535 or 0 (ext4_rec_len_from_disk).
        const std::size_t length =
            block_size_ == 65536 && (entry.record_length == 65535 || entry.record_length == 0)
                ? std::size_t{65536}
                : std::size_t{entry.record_length};
        if (length < sizeof entry || length > block.size() || sizeof entry + entry.name_length > length) {
            return broken("a directory is damaged");
        }
        const auto name = block.substr(sizeof entry, entry.name_length);
        if (entry.inode != 0 && !name.empty() && is_usable(name)) {
            entries.push_back({.name = std::string(name), .inode = entry.inode});
        }
        block.remove_prefix(length);
    }
    return {};
}

Result<std::vector<Ext4Volume::DirectoryEntry>> Ext4Volume::directory(const Ext4Inode& inode) const {
    // A directory has no holes: it cannot be larger than the disk.
    TRY_ASSIGN(const auto bytes, content(inode, std::min(directory_limit, disk_->size())));
    std::vector<DirectoryEntry> entries;
    for (std::size_t at = 0; at < bytes.size(); at += block_size_)
        TRY(parse_directory(std::string_view(bytes).substr(at, block_size_), entries));
    return entries;
}

}  // namespace rpikit::image
