#include "sdk/image/ext4_groups.hpp"

#include <algorithm>
#include <cstring>

#include "sdk/image/ext4_checksum.hpp"

namespace rpikit::image {

namespace {

// Features (Documentation/filesystems/ext4/super.rst).
constexpr std::uint32_t has_journal = 0x4;
constexpr std::uint32_t compatible = 0x8 | 0x20;                   // ext_attr, dir_index
constexpr std::uint32_t incompatible = 0x2 | 0x40 | 0x80 | 0x200;  // filetype, extents, 64bit, flex_bg
/// sparse_super, large_file, huge_file, dir_nlink, extra_isize, metadata_csum
constexpr std::uint32_t read_only_compatible = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x400;

class GroupWriter {
  public:
    GroupWriter(const Ext4Content& content, const Ext4Geometry& geometry, const Ext4Allocator& allocator)
        : content_(content), geometry_(geometry), allocator_(allocator), directories_(geometry.groups) {
        for (const Ext4File& file : content.files) {
            if (file.node.type != archive::FileType::directory) continue;
            ++directories_[(file.node.inode - 1) / geometry.inodes_per_group];
        }
    }

    std::vector<Piece> write(const Ext4Inode* journal) {
        std::string descriptors;
        for (std::uint32_t group = 0; group < geometry_.groups; ++group) {
            const Ext4GroupDescriptor descriptor = add_group(group);
            descriptors.append(reinterpret_cast<const char*>(&descriptor), sizeof descriptor);
        }
        descriptors.resize(std::size_t{geometry_.descriptor_blocks} * ext4_block);
        for (std::uint32_t group = 0; group < geometry_.groups; ++group) {
            if (!Ext4Geometry::has_superblock(group)) continue;
            const std::uint64_t start = geometry_.group_start(group) * ext4_block;
            pieces_.push_back(bytes_piece(start, superblock_block(group, journal) + descriptors));
        }
        return std::move(pieces_);
    }

  private:
    std::uint64_t used_inodes(std::uint32_t group) const {
        const std::uint64_t before = std::uint64_t{group} * geometry_.inodes_per_group;
        const std::uint64_t used = content_.used_inodes();
        return used <= before ? 0 : std::min<std::uint64_t>(used - before, geometry_.inodes_per_group);
    }

    std::string inode_bitmap(std::uint32_t group) const {
        std::string bits(ext4_block, '\0');
        const auto set = [&](std::uint64_t bit) {
            bits[bit / 8] = static_cast<char>(bits[bit / 8] | 1 << bit % 8);
        };
        for (std::uint64_t i = 0; i < used_inodes(group); ++i)
            set(i);
        for (std::uint64_t i = geometry_.inodes_per_group; i < std::uint64_t{ext4_block} * 8; ++i)
            set(i);
        return bits;
    }

    /// Adds a group's bitmaps and describes it.
    Ext4GroupDescriptor add_group(std::uint32_t group) {
        std::string blocks = allocator_.bitmap(group);
        std::string inodes = inode_bitmap(group);
        const std::uint32_t seed = content_.checksum_seed;
        const std::uint32_t block_sum = crc32c(seed, std::as_bytes(std::span(blocks)));
        const std::uint32_t inode_sum =
            crc32c(seed, std::as_bytes(std::span(inodes)).first(geometry_.inodes_per_group / 8));
        const auto free_blocks = allocator_.free_blocks(group);
        const auto free_inodes = geometry_.inodes_per_group - used_inodes(group);
        Ext4GroupDescriptor descriptor{};
        descriptor.block_bitmap_lo = static_cast<std::uint32_t>(geometry_.block_bitmap(group));
        descriptor.block_bitmap_hi = static_cast<std::uint32_t>(geometry_.block_bitmap(group) >> 32);
        descriptor.inode_bitmap_lo = static_cast<std::uint32_t>(geometry_.inode_bitmap(group));
        descriptor.inode_bitmap_hi = static_cast<std::uint32_t>(geometry_.inode_bitmap(group) >> 32);
        descriptor.inode_table_lo = static_cast<std::uint32_t>(geometry_.inode_table(group));
        descriptor.inode_table_hi = static_cast<std::uint32_t>(geometry_.inode_table(group) >> 32);
        // A group has at most 32768 of each: the high halves stay 0.
        descriptor.free_blocks_lo = static_cast<std::uint16_t>(free_blocks);
        descriptor.free_inodes_lo = static_cast<std::uint16_t>(free_inodes);
        descriptor.unused_inodes_lo = static_cast<std::uint16_t>(free_inodes);
        descriptor.used_directories_lo = static_cast<std::uint16_t>(directories_[group]);
        descriptor.flags = ext4_group_table_zeroed;
        descriptor.block_bitmap_checksum_lo = static_cast<std::uint16_t>(block_sum);
        descriptor.block_bitmap_checksum_hi = static_cast<std::uint16_t>(block_sum >> 16);
        descriptor.inode_bitmap_checksum_lo = static_cast<std::uint16_t>(inode_sum);
        descriptor.inode_bitmap_checksum_hi = static_cast<std::uint16_t>(inode_sum >> 16);
        descriptor.checksum =
            static_cast<std::uint16_t>(crc32c(crc32c(seed, object_bytes(group)), object_bytes(descriptor)));
        free_blocks_ += free_blocks;
        pieces_.push_back(bytes_piece(geometry_.block_bitmap(group) * ext4_block, std::move(blocks)));
        pieces_.push_back(bytes_piece(geometry_.inode_bitmap(group) * ext4_block, std::move(inodes)));
        return descriptor;
    }

    void set_identity(Ext4Superblock& super) const {
        const auto time =
            static_cast<std::uint32_t>(std::clamp<std::int64_t>(content_.timestamp, 0, UINT32_MAX));
        super.write_time = super.last_check = super.mkfs_time = time;
        super.uuid = content_.uuid;
        std::memcpy(super.volume_name.data(), content_.label.data(), content_.label.size());
        super.hash_seed = content_.hash_seed;
        super.default_hash_version = 1;  // half MD4
        super.flags = 2;                 // hashes take characters as unsigned
        super.checksum_type = 1;         // crc32c
    }

    void set_sizes(Ext4Superblock& super) const {
        super.inodes_count = static_cast<std::uint32_t>(geometry_.inodes());
        super.blocks_count_lo = static_cast<std::uint32_t>(geometry_.blocks);
        super.blocks_count_hi = static_cast<std::uint32_t>(geometry_.blocks >> 32);
        super.free_blocks_count_lo = static_cast<std::uint32_t>(free_blocks_);
        super.free_blocks_count_hi = static_cast<std::uint32_t>(free_blocks_ >> 32);
        super.free_inodes_count = static_cast<std::uint32_t>(geometry_.inodes() - content_.used_inodes());
        super.log_block_size = super.log_cluster_size = 2;
        super.blocks_per_group = super.clusters_per_group = ext4_blocks_per_group;
        super.inodes_per_group = geometry_.inodes_per_group;
        super.first_inode = ext4_lost_found_inode;
        super.inode_size = ext4_inode_size;
        super.descriptor_size = sizeof(Ext4GroupDescriptor);
        super.min_extra_size = super.want_extra_size = ext4_extra_size;
        super.log_groups_per_flex = ext4_log_groups_per_flex;
    }

    static void set_journal(Ext4Superblock& super, const Ext4Inode& journal) {
        super.feature_compat |= has_journal;
        super.journal_inode = ext4_journal_inode;
        super.journal_backup_type = 1;  // the next field is a copy of the journal's inode
        std::array<std::uint32_t, 17> copy{};
        std::memcpy(copy.data(), journal.block.data(), journal.block.size());
        copy[15] = journal.size_hi;
        copy[16] = journal.size_lo;
        super.journal_blocks = copy;
    }

    /// A block that begins with the superblock, after 1024 bytes for a boot loader in the first group.
    std::string superblock_block(std::uint32_t group, const Ext4Inode* journal) const {
        Ext4Superblock super{};
        super.magic = 0xef53;
        super.state = 1;   // cleanly unmounted
        super.errors = 1;  // go on
        super.revision = 1;
        super.max_mount_count = 0xffff;
        super.default_mount_options = 0xc;  // user_xattr, acl
        super.block_group = static_cast<std::uint16_t>(group);
        super.feature_compat = compatible;
        super.feature_incompat = incompatible;
        super.feature_ro_compat = read_only_compatible;
        set_identity(super);
        set_sizes(super);
        if (journal != nullptr) set_journal(super, *journal);
        super.checksum =
            crc32c(~std::uint32_t{0}, object_bytes(super).first(offsetof(Ext4Superblock, checksum)));
        std::string block(ext4_block, '\0');
        std::memcpy(block.data() + (group == 0 ? 1024 : 0), &super, sizeof super);
        return block;
    }

    const Ext4Content& content_;
    const Ext4Geometry& geometry_;
    const Ext4Allocator& allocator_;
    std::vector<std::uint32_t> directories_;  ///< in each group
    std::uint64_t free_blocks_ = 0;
    std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Piece> make_ext4_groups(const Ext4Content& content, const Ext4Geometry& geometry,
                                    const Ext4Allocator& allocator, const Ext4Inode* journal) {
    return GroupWriter(content, geometry, allocator).write(journal);
}

}  // namespace rpikit::image
