#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sdk/image/fat_directory.hpp"
#include "sdk/image/fat_format.hpp"
#include "sdk/image/fat_geometry.hpp"
#include "sdk/image/fat_tree.hpp"
#include "sdk/image/image_types.hpp"

namespace rpikit::image {

namespace {

constexpr std::uint8_t media = 0xf8;  ///< fixed disk
constexpr std::uint32_t info_sector = 1;
constexpr std::uint32_t backup_sector = 6;

std::uint32_t volume_id(const Uuid& id) {
    std::uint32_t number = 0;
    std::memcpy(&number, id.data(), sizeof number);
    return number;
}

std::string vfat_uuid(const Uuid& id) {
    const std::uint32_t number = volume_id(id);
    return fmt::format("{:04X}-{:04X}", number >> 16, number & 0xffff);
}

/// A label as FAT stores it: at most 11 characters of a short name, upper case.
Result<std::string> fat_label(const FilesystemRequest& request) {
    std::string label = request.label;
    std::ranges::transform(label, label.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    const auto forbidden = [](char c) {
        return static_cast<std::uint8_t>(c) < 0x20 || static_cast<std::uint8_t>(c) > 0x7e ||
               std::string_view("\"*+,./:;<=>?[\\]|").find(c) != std::string_view::npos;
    };
    if (label.size() <= 11 && std::ranges::none_of(label, forbidden)) return label;
    return fail({.message = fmt::format("'{}' cannot be the label of a FAT", request.label),
                 .where = request.partition.where,
                 .hint = "set label to at most 11 letters, digits, '-' and '_'"});
}

/// Clusters handed out one after the other, so every file is contiguous.
struct Allocation {
    std::vector<std::uint32_t> first;  ///< of each node; 0 for empty files and the fixed root
    std::uint32_t next = 2;
};

class PreparedFat final : public PreparedFilesystem {
  public:
    PreparedFat(const FilesystemRequest& request, std::vector<FatNode> nodes, std::string label)
        : nodes_(std::move(nodes)),
          label_(std::move(label)),
          volume_id_(volume_id(request.id)),
          timestamp_(request.timestamp) {}

    std::uint64_t fitting_size(std::uint64_t at_least, std::uint64_t free,
                               std::uint64_t multiple) const override;
    Result<std::vector<Piece>> lay_out(const Extent& extent) const override;

  private:
    std::optional<FatGeometry> geometry(std::uint64_t size) const;
    std::uint64_t clusters(const FatNode& node, const FatGeometry& geometry) const;
    Allocation allocate(const FatGeometry& geometry) const;
    std::string boot_sector(const FatGeometry& geometry, std::uint64_t offset) const;
    void add_reserved(const FatGeometry& geometry, std::uint64_t offset, std::uint32_t used,
                      std::vector<Piece>& pieces) const;
    void add_tables(const FatGeometry& geometry, const Allocation& allocation,
                    std::vector<Piece>& pieces) const;
    void add_contents(const FatGeometry& geometry, const Allocation& allocation,
                      std::vector<Piece>& pieces) const;

    std::vector<FatNode> nodes_;
    std::string label_;
    std::uint32_t volume_id_;
    std::int64_t timestamp_;
};

std::optional<FatGeometry> PreparedFat::geometry(std::uint64_t size) const {
    constexpr std::uint64_t usual_root = 512;
    const std::uint64_t root = std::max(usual_root, nodes_.front().size / sizeof(FatEntry));
    return fat_geometry(size, static_cast<std::uint32_t>(root));
}

/// How many clusters a node takes; none for an empty file and FAT16's root.
std::uint64_t PreparedFat::clusters(const FatNode& node, const FatGeometry& geometry) const {
    const bool root = &node == nodes_.data();
    if (root && geometry.bits == 16) return 0;
    return std::max<std::uint64_t>(divide_up(node.size, geometry.cluster_size()), node.directory ? 1 : 0);
}

std::uint64_t PreparedFat::fitting_size(std::uint64_t at_least, std::uint64_t free,
                                        std::uint64_t multiple) const {
    std::uint64_t size = round_up(std::max(at_least, smallest_fat), multiple);
    while (true) {
        const auto division = geometry(size);
        if (!division) return size;  // beyond what FAT32 can address: lay_out says so
        std::uint64_t needed = divide_up(free, division->cluster_size());
        for (const FatNode& node : nodes_)
            needed += clusters(node, *division);
        if (needed <= division->clusters) return size;
        const std::uint64_t missing = (needed - division->clusters) * division->cluster_size();
        size = round_up(size + missing, multiple);
    }
}

/// Directories first, so that they lie together.
Allocation PreparedFat::allocate(const FatGeometry& geometry) const {
    Allocation allocation;
    allocation.first.resize(nodes_.size());
    for (const bool directories : {true, false}) {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const auto count = static_cast<std::uint32_t>(clusters(nodes_[i], geometry));
            if (nodes_[i].directory != directories || count == 0) continue;
            allocation.first[i] = allocation.next;
            allocation.next += count;
        }
    }
    return allocation;
}

std::string PreparedFat::boot_sector(const FatGeometry& geometry, std::uint64_t offset) const {
    const bool fat32 = geometry.bits == 32;
    FatBootSector boot{};
    boot.jump = {0xeb, static_cast<std::uint8_t>(fat32 ? 0x58 : 0x3c), 0x90};
    boot.oem_name = {'R', 'P', 'I', '-', 'K', 'I', 'T', ' '};
    boot.bytes_per_sector = 512;
    boot.sectors_per_cluster = static_cast<std::uint8_t>(geometry.cluster_sectors);
    boot.reserved_sectors = static_cast<std::uint16_t>(geometry.reserved_sectors);
    boot.fat_count = 2;
    boot.root_entries = static_cast<std::uint16_t>(geometry.root_entries);
    const bool small = !fat32 && geometry.total_sectors < 0x10000;
    boot.total_sectors_16 = static_cast<std::uint16_t>(small ? geometry.total_sectors : 0);
    boot.total_sectors_32 = small ? 0 : geometry.total_sectors;
    boot.media = media;
    boot.fat_sectors_16 = static_cast<std::uint16_t>(fat32 ? 0 : geometry.fat_sectors);
    boot.sectors_per_track = 63;
    boot.heads = 255;
    boot.hidden_sectors = static_cast<std::uint32_t>(offset / 512);

    Fat32BootSector boot32{};
    boot32.fat_sectors_32 = geometry.fat_sectors;
    boot32.root_cluster = 2;
    boot32.info_sector = info_sector;
    boot32.backup_sector = backup_sector;

    FatExtendedBootSector extended{};
    extended.drive_number = 0x80;
    extended.boot_signature = 0x29;
    extended.volume_id = volume_id_;
    const std::string label = fmt::format("{:11}", label_.empty() ? "NO NAME" : label_);
    std::ranges::copy(label, extended.label.begin());
    std::ranges::copy(std::string_view(fat32 ? "FAT32   " : "FAT16   "), extended.type.begin());

    std::string bytes(512, '\0');
    std::memcpy(bytes.data(), &boot, sizeof boot);
    if (fat32) std::memcpy(bytes.data() + sizeof boot, &boot32, sizeof boot32);
    std::memcpy(bytes.data() + sizeof boot + (fat32 ? sizeof boot32 : 0), &extended, sizeof extended);
    bytes[510] = '\x55';
    bytes[511] = '\xaa';
    return bytes;
}

/// The sectors before the tables: boot sector, and on FAT32 the count of free clusters and copies of both.
void PreparedFat::add_reserved(const FatGeometry& geometry, std::uint64_t offset, std::uint32_t used,
                               std::vector<Piece>& pieces) const {
    std::string reserved(std::size_t{geometry.reserved_sectors} * 512, '\0');
    const std::string boot = boot_sector(geometry, offset);
    reserved.replace(0, boot.size(), boot);
    if (geometry.bits == 32) {
        FatInfoSector info{};
        info.lead_signature = 0x41615252;
        info.structure_signature = 0x61417272;
        info.free_clusters = geometry.clusters - used;
        info.next_free = 2 + used;
        info.trail_signature = 0xaa550000;
        for (const std::uint32_t copy : {0U, backup_sector}) {
            std::memcpy(reserved.data() + std::size_t{copy} * 512, boot.data(), boot.size());
            std::memcpy(reserved.data() + std::size_t{copy + info_sector} * 512, &info, sizeof info);
        }
    }
    pieces.push_back(bytes_piece(0, std::move(reserved)));
}

void PreparedFat::add_tables(const FatGeometry& geometry, const Allocation& allocation,
                             std::vector<Piece>& pieces) const {
    constexpr std::uint32_t end = 0x0fffffff;
    std::vector<std::uint32_t> entries(allocation.next);
    entries[0] = 0x0fffff00 | media;
    entries[1] = end;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (allocation.first[i] == 0) continue;
        const auto last = allocation.first[i] + static_cast<std::uint32_t>(clusters(nodes_[i], geometry)) - 1;
        for (std::uint32_t cluster = allocation.first[i]; cluster < last; ++cluster)
            entries[cluster] = cluster + 1;
        entries[last] = end;
    }
    std::string table(entries.size() * geometry.bits / 8, '\0');
    for (std::size_t i = 0; i < entries.size(); ++i)
        std::memcpy(table.data() + i * geometry.bits / 8, &entries[i], geometry.bits / 8);

    // A free cluster's entry must read as zero.
    const std::uint64_t size = std::uint64_t{geometry.fat_sectors} * 512;
    for (std::uint64_t copy = 0; copy < 2; ++copy) {
        const std::uint64_t at = geometry.reserved_sectors * std::uint64_t{512} + copy * size;
        pieces.push_back(bytes_piece(at, table));
        if (table.size() < size) pieces.push_back({.offset = at + table.size(), .size = size - table.size()});
    }
}

void PreparedFat::add_contents(const FatGeometry& geometry, const Allocation& allocation,
                               std::vector<Piece>& pieces) const {
    const auto data_offset = [&](std::uint32_t cluster) {
        return geometry.data_sector() * std::uint64_t{512} +
               std::uint64_t{cluster - 2} * geometry.cluster_size();
    };
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (!nodes_[i].directory) continue;
        std::string bytes = fat_directory_bytes(nodes_, i, allocation.first, label_, timestamp_);
        const bool fixed_root = allocation.first[i] == 0;
        bytes.resize(fixed_root ? geometry.root_entries * sizeof(FatEntry)
                                : clusters(nodes_[i], geometry) * geometry.cluster_size());
        const std::uint64_t at =
            fixed_root ? geometry.root_sector() * std::uint64_t{512} : data_offset(allocation.first[i]);
        pieces.push_back(bytes_piece(at, std::move(bytes)));
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].directory || allocation.first[i] == 0) continue;
        pieces.push_back({.offset = data_offset(allocation.first[i]),
                          .size = nodes_[i].size,
                          .source = ContentPart{.entry = nodes_[i].entry, .path = nodes_[i].path}});
    }
}

Result<std::vector<Piece>> PreparedFat::lay_out(const Extent& extent) const {
    const auto division = geometry(extent.size);
    if (!division) return fail({.message = "a FAT of this size is not possible"});
    const Allocation allocation = allocate(*division);
    std::vector<Piece> pieces;
    add_reserved(*division, extent.offset, allocation.next - 2, pieces);
    add_tables(*division, allocation, pieces);
    add_contents(*division, allocation, pieces);
    return pieces;
}

Result<std::unique_ptr<PreparedFilesystem>> prepare_fat(const FilesystemRequest& request) {
    TRY_ASSIGN(auto nodes, make_fat_tree(request.tree));
    TRY_ASSIGN(auto label, fat_label(request));
    return std::make_unique<PreparedFat>(request, std::move(nodes), std::move(label));
}

}  // namespace

extern const FilesystemType filesystem_vfat;
constinit const FilesystemType filesystem_vfat = {
    .name = "vfat",
    .mbr_type = 0x0c,  // FAT with LBA; the Pi's firmware takes it for FAT16 too
    .gpt_type = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",  // EFI system partition
    .uuid = vfat_uuid,
    .prepare = prepare_fat,
};

}  // namespace rpikit::image
