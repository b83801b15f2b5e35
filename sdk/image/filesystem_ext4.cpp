#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "sdk/image/ext4_checksum.hpp"
#include "sdk/image/ext4_content.hpp"
#include "sdk/image/ext4_groups.hpp"
#include "sdk/image/ext4_inode.hpp"
#include "sdk/image/image_types.hpp"

namespace rpikit::image {

std::uint64_t Ext4Content::used_inodes() const {
    return ext4_lost_found_inode - 2 + files.size();
}

namespace {

using archive::FileType;

Result<Ext4File> make_file(Ext4Node node, const Ext4Content& content) {
    Ext4File file{.node = std::move(node)};
    const archive::Entry* entry = file.node.entry;
    if (entry != nullptr) {
        const std::string path = file.node.path == nullptr ? "/" : *file.node.path;
        TRY_ASSIGN(file.xattrs, make_ext4_xattrs(entry->xattrs, path));
    }
    if (file.node.type == FileType::directory) {
        file.directory = make_ext4_directory(file.node, content.hash_seed, content.checksum_seed);
        file.size = file.directory.blocks.size();
    } else if (entry != nullptr) {
        file.size =
            file.node.type == FileType::symlink ? entry->target.size() : archive::content_size(*entry);
    }
    const bool in_inode = file.node.type == FileType::symlink && file.size <= longest_fast_symlink;
    file.data_blocks = in_inode ? 0 : divide_up(file.size, ext4_block);
    return file;
}

/// Places files one after the other and makes the pieces for what it placed.
class Ext4Layout {
  public:
    Ext4Layout(const Ext4Content& content, const Ext4Geometry& geometry)
        : content_(content), geometry_(geometry), allocator_(geometry), table_(geometry.groups) {}

    std::vector<Piece> lay_out() {
        if (geometry_.journal_blocks > 0) place_journal();
        // Directories together: reading the tree then needs few seeks and little read-ahead.
        for (const bool directories : {true, false}) {
            for (const Ext4File& file : content_.files) {
                if ((file.node.type == FileType::directory) == directories) place(file);
            }
        }
        for (std::uint32_t group = 0; group < geometry_.groups; ++group)
            add_table(group);
        auto groups = make_ext4_groups(content_, geometry_, allocator_, has_journal_ ? &journal_ : nullptr);
        std::ranges::move(groups, std::back_inserter(pieces_));
        std::ranges::sort(pieces_, {}, &Piece::offset);
        return std::move(pieces_);
    }

  private:
    std::uint64_t add_block(std::string block) {
        const std::uint64_t number = allocator_.take(1).front().start;
        pieces_.push_back(bytes_piece(number * ext4_block, std::move(block)));
        return number;
    }

    /// Extents of a file whose data lies in `runs`; the tree's blocks come after the data.
    Ext4Placement map_runs(const std::vector<BlockRun>& runs, std::uint64_t data_blocks,
                           std::uint32_t inode) {
        std::vector<std::uint64_t> leaf_blocks(count_extent_blocks(runs));
        for (std::uint64_t& block : leaf_blocks)
            block = allocator_.take(1).front().start;
        const auto map = make_extents(runs, leaf_blocks, ext4_inode_seed(content_.checksum_seed, inode));
        for (std::size_t i = 0; i < map.leaves.size(); ++i)
            pieces_.push_back(bytes_piece(leaf_blocks[i] * ext4_block, map.leaves[i]));
        return {.extents = map.root, .blocks = data_blocks + leaf_blocks.size()};
    }

    /// Empty, but its blocks must read as zero: an older journal shining through could be replayed.
    void place_journal() {
        const auto runs = allocator_.take(geometry_.journal_blocks);
        for (const BlockRun& run : runs)
            pieces_.push_back({.offset = run.start * ext4_block, .size = run.count * ext4_block});
        JournalSuperblock super{};
        super.magic = std::byteswap(std::uint32_t{0xc03b3998});
        super.block_type = std::byteswap(std::uint32_t{4});  // superblock, version 2
        super.block_size = std::byteswap(ext4_block);
        super.blocks = std::byteswap(geometry_.journal_blocks);
        super.first_block = std::byteswap(std::uint32_t{1});
        super.first_transaction = std::byteswap(std::uint32_t{1});
        super.uuid = content_.uuid;
        super.users = std::byteswap(std::uint32_t{1});
        std::string block(ext4_block, '\0');
        std::memcpy(block.data(), &super, sizeof super);
        Piece& first = pieces_[pieces_.size() - runs.size()];
        const std::uint64_t start = first.offset;
        first.offset += ext4_block;
        first.size -= ext4_block;
        pieces_.push_back(bytes_piece(start, std::move(block)));

        journal_ = make_journal_inode(map_runs(runs, geometry_.journal_blocks, ext4_journal_inode),
                                      content_.timestamp, content_.checksum_seed);
        has_journal_ = true;
        put_inode(ext4_journal_inode, journal_);
    }

    void add_data(const Ext4File& file, const std::vector<BlockRun>& runs) {
        std::uint64_t done = 0;
        for (const BlockRun& run : runs) {
            const std::uint64_t size = std::min(run.count * ext4_block, file.size - done);
            Piece piece{.offset = run.start * ext4_block, .size = size};
            if (file.node.type == FileType::directory) {
                piece.source = file.directory.blocks.substr(done, size);
            } else if (file.node.type == FileType::symlink) {
                piece.source = file.node.entry->target;
            } else {
                piece.source = ContentPart{.entry = file.node.entry, .path = file.node.path, .offset = done};
            }
            pieces_.push_back(std::move(piece));
            done += size;
        }
    }

    void place(const Ext4File& file) {
        const auto runs = allocator_.take(file.data_blocks);
        add_data(file, runs);
        Ext4Placement placement = map_runs(runs, file.data_blocks, file.node.inode);
        if (!file.xattrs.block.empty()) {
            placement.xattr_block = add_block(file.xattrs.block);
            ++placement.blocks;
            auto& block = std::get<std::string>(pieces_.back().source);
            set_xattr_checksum(block, placement.xattr_block, content_.checksum_seed);
        }
        put_inode(file.node.inode, make_inode(file, placement, content_.checksum_seed));
    }

    void put_inode(std::uint32_t number, const Ext4Inode& inode) {
        const std::uint32_t index = (number - 1) % geometry_.inodes_per_group;
        std::string& table = table_[(number - 1) / geometry_.inodes_per_group];
        const std::size_t at = std::size_t{index} * ext4_inode_size;
        if (table.size() < at + sizeof inode) table.resize(at + sizeof inode);
        std::memcpy(table.data() + at, &inode, sizeof inode);
    }

    /// Unused inodes must read as zero.
    void add_table(std::uint32_t group) {
        const std::uint64_t start = geometry_.inode_table(group) * ext4_block;
        const std::uint64_t used = table_[group].size();
        const std::uint64_t size = std::uint64_t{geometry_.table_blocks()} * ext4_block;
        if (used > 0) pieces_.push_back(bytes_piece(start, std::move(table_[group])));
        if (used < size) pieces_.push_back({.offset = start + used, .size = size - used});
    }

    const Ext4Content& content_;
    const Ext4Geometry& geometry_;
    Ext4Allocator allocator_;
    std::vector<std::string> table_;  ///< used inodes of each group
    std::vector<Piece> pieces_;
    Ext4Inode journal_{};
    bool has_journal_ = false;
};

class PreparedExt4 final : public PreparedFilesystem {
  public:
    explicit PreparedExt4(Ext4Content content) : content_(std::move(content)) {
        for (const Ext4File& file : content_.files) {
            needed_ +=
                file.data_blocks + most_extent_blocks(file.data_blocks) + (file.xattrs.block.empty() ? 0 : 1);
        }
    }

    std::uint64_t fitting_size(std::uint64_t at_least, std::uint64_t free,
                               std::uint64_t multiple) const override {
        constexpr std::uint64_t step = std::uint64_t{64} * ext4_block;
        std::uint64_t size = round_up(std::max(at_least, step), multiple);
        while (true) {
            std::uint64_t missing = step;
            if (const auto geometry = ext4_geometry(size, content_.used_inodes())) {
                const std::uint64_t needed = needed_ + geometry->journal_blocks + divide_up(free, ext4_block);
                const std::uint64_t available = geometry->blocks - geometry->reserved_blocks();
                if (needed <= available) return size;
                missing = (needed - available) * ext4_block;
            }
            size = round_up(size + missing, multiple);
        }
    }

    Result<std::vector<Piece>> lay_out(const Extent& extent) const override {
        const auto geometry = ext4_geometry(extent.size, content_.used_inodes());
        if (!geometry || geometry->inodes() > UINT32_MAX) {
            return fail({.message = "an ext4 of this size is not possible"});
        }
        return Ext4Layout(content_, *geometry).lay_out();
    }

  private:
    Ext4Content content_;
    std::uint64_t needed_ = 0;  ///< blocks of all files
};

Result<std::unique_ptr<PreparedFilesystem>> prepare_ext4(const FilesystemRequest& request) {
    Ext4Content content;
    if (request.label.size() > sizeof(Ext4Superblock::volume_name)) {
        return fail(
            {.message = fmt::format("the label '{}' is longer than the 16 bytes of ext4", request.label),
             .where = request.partition.where});
    }
    content.label = request.label;
    content.uuid = request.id;
    content.timestamp = request.timestamp;
    content.checksum_seed = ext4_checksum_seed(content.uuid);
    std::memcpy(content.hash_seed.data(), swap_guid(content.uuid).data(), content.uuid.size());
    TRY_ASSIGN(auto nodes, make_ext4_tree(request.tree, request.timestamp));
    for (Ext4Node& node : nodes) {
        TRY_ASSIGN(auto file, make_file(std::move(node), content));
        content.files.push_back(std::move(file));
    }
    return std::make_unique<PreparedExt4>(std::move(content));
}

}  // namespace

extern const FilesystemType filesystem_ext4;
constinit const FilesystemType filesystem_ext4 = {
    .name = "ext4",
    .mbr_type = 0x83,                                    // Linux
    .gpt_type = "0fc63daf-8483-4772-8e79-3d69d8477de4",  // Linux file system
    .uuid = uuid_text,
    .prepare = prepare_ext4,
};

}  // namespace rpikit::image
