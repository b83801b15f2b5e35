#include "sdk/image/ext4_directory.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "sdk/image/ext4_checksum.hpp"
#include "sdk/image/ext4_format.hpp"
#include "sdk/image/ext4_hash.hpp"
#include "sdk/image/piece.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::image {

namespace {

constexpr std::size_t list_size = ext4_block - sizeof(Ext4DirectoryTail);  ///< of a block, for entries

/// The directory entry's code of a file type (Documentation/filesystems/ext4/directory.rst).
std::uint8_t type_code(archive::FileType type) {
    switch (type) {
        case archive::FileType::regular:
            return 1;
        case archive::FileType::directory:
            return 2;
        case archive::FileType::character_device:
            return 3;
        case archive::FileType::block_device:
            return 4;
        case archive::FileType::fifo:
            return 5;
        case archive::FileType::symlink:
            return 7;
    }
    return 0;
}

std::size_t record_size(std::string_view name) {
    return round_up(sizeof(Ext4DirectoryEntry) + name.size(), 4);
}

void append_entry(std::string& block, const Ext4Name& entry, std::size_t length) {
    const Ext4DirectoryEntry head{.inode = entry.inode,
                                  .record_length = static_cast<std::uint16_t>(length),
                                  .name_length = static_cast<std::uint8_t>(entry.name.size()),
                                  .type = type_code(entry.type)};
    const std::size_t start = block.size();
    block.append(reinterpret_cast<const char*>(&head), sizeof head);
    block += entry.name;
    block.resize(start + length);
}

std::span<const std::byte> as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// Lists of entries, as many blocks as it takes.
class ListWriter {
  public:
    explicit ListWriter(std::uint32_t inode_seed) : inode_seed_(inode_seed) {}

    void add(const Ext4Name& entry) {
        if (!fits(entry)) end_block();
        pending_.push_back(entry);
        used_ += record_size(entry.name);
    }

    bool fits(const Ext4Name& entry) const { return used_ + record_size(entry.name) <= list_size; }

    /// The last entry takes what is left; the block's checksum follows it.
    void end_block() {
        std::string block;
        block.reserve(ext4_block);
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            const bool last = i + 1 == pending_.size();
            append_entry(block, pending_[i], last ? list_size - block.size() : record_size(pending_[i].name));
        }
        const Ext4DirectoryTail tail{.zero = 0,
                                     .record_length = sizeof tail,
                                     .zero2 = 0,
                                     .type = 0xde,
                                     .checksum = crc32c(inode_seed_, as_bytes(block))};
        block.append(reinterpret_cast<const char*>(&tail), sizeof tail);
        blocks_ += block;
        pending_.clear();
        used_ = 0;
    }

    std::string take() {
        if (!pending_.empty()) end_block();
        return std::move(blocks_);
    }

  private:
    std::uint32_t inode_seed_;
    std::string blocks_;
    std::vector<Ext4Name> pending_;
    std::size_t used_ = 0;
};

std::vector<Ext4Name> dots(const Ext4Node& node) {
    return {{.name = ".", .inode = node.inode, .type = archive::FileType::directory},
            {.name = "..", .inode = node.parent, .type = archive::FileType::directory}};
}

struct HashedName {
    std::uint32_t hash;
    const Ext4Name* entry;
};

/// The index: an unused tail of ".." that holds, after 8 bytes of description, pairs of hash and block. The
/// first hash is not needed, its place holds limit and count; a hash's lowest bit says that the hash before
/// it goes on
/// \param leaves the first hash in each block (Documentation/filesystems/ext4/directory.rst, dx_root).
std::optional<std::string> make_root(const Ext4Node& node, const std::vector<std::uint32_t>& leaves,
                                     std::uint32_t inode_seed) {
    constexpr std::size_t first = 32;
    constexpr std::size_t tail = 8;
    constexpr std::size_t limit = (ext4_block - first - tail) / 8;
    if (leaves.size() > limit) return std::nullopt;
    std::string block;
    append_entry(block, dots(node)[0], 12);
    append_entry(block, dots(node)[1], ext4_block - 12);
    const auto bytes = std::as_writable_bytes(std::span(block));
    store_le<std::uint8_t>(bytes, 28, 1);  // half MD4
    store_le<std::uint8_t>(bytes, 29, 8);  // size of the description
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        store_le<std::uint32_t>(bytes, first + i * 8, leaves[i]);
        store_le<std::uint32_t>(bytes, first + i * 8 + 4, static_cast<std::uint32_t>(i + 1));
    }
    store_le<std::uint16_t>(bytes, first, limit);
    store_le<std::uint16_t>(bytes, first + 2, static_cast<std::uint16_t>(leaves.size()));
    std::uint32_t checksum = crc32c(inode_seed, bytes.first(first + leaves.size() * 8));
    checksum = crc32c(checksum, bytes.last(tail));  // still zero
    store_le<std::uint32_t>(bytes, ext4_block - 4, checksum);
    return block;
}

std::optional<std::string> make_indexed(const Ext4Node& node, const std::array<std::uint32_t, 4>& hash_seed,
                                        std::uint32_t inode_seed) {
    std::vector<HashedName> names;
    names.reserve(node.names.size());
    for (const Ext4Name& entry : node.names)
        names.push_back({.hash = ext4_name_hash(entry.name, hash_seed), .entry = &entry});
    std::ranges::stable_sort(names, {}, &HashedName::hash);

    ListWriter list(inode_seed);
    std::vector<std::uint32_t> leaves = {0};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!list.fits(*names[i].entry)) {
            const bool goes_on = names[i - 1].hash == names[i].hash;
            leaves.push_back(names[i].hash | (goes_on ? 1U : 0U));
        }
        list.add(*names[i].entry);
    }
    auto root = make_root(node, leaves, inode_seed);
    if (root) *root += list.take();
    return root;
}

}  // namespace

Ext4Directory make_ext4_directory(const Ext4Node& node, const std::array<std::uint32_t, 4>& hash_seed,
                                  std::uint32_t seed) {
    const std::uint32_t inode_seed = ext4_inode_seed(seed, node.inode);
    ListWriter list(inode_seed);
    for (const Ext4Name& entry : dots(node))
        list.add(entry);
    for (const Ext4Name& entry : node.names)
        list.add(entry);
    std::string blocks = list.take();
    if (blocks.size() > ext4_block) {
        if (auto indexed = make_indexed(node, hash_seed, inode_seed))
            return {.blocks = *indexed, .indexed = true};
    }
    return {.blocks = std::move(blocks), .indexed = false};
}

}  // namespace rpikit::image
