#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "sdk/image/identifiers.hpp"
#include "sdk/image/image_types.hpp"
#include "sdk/image/unicode.hpp"
#include "sdk/support/crc32.hpp"
#include "sdk/support/partition_format.hpp"

namespace rpikit::image {

namespace {

constexpr std::uint64_t legacy_bios_bootable = 1 << 2;  ///< attribute bit 2 (UEFI 2.10, table 5.8)

std::string gpt_partuuid(const Identifiers&, const std::string& seed, std::size_t index) {
    return uuid_text(derive_uuid(seed, fmt::format("partition {}", index + 1)));
}

Result<Uuid> partition_type(const board::Partition& partition, const FilesystemType& filesystem) {
    const auto type = parse_uuid(partition.type.empty() ? filesystem.gpt_type : partition.type);
    if (type) return swap_guid(*type);
    return fail({.message = fmt::format("'{}' is not a GPT partition type", partition.type),
                 .where = partition.where,
                 .hint = "write its GUID, such as type = \"c12a7328-f81f-11d2-ba4b-00a0c93ec93b\" for an EFI "
                         "system partition"});
}

Result<GptEntry> make_entry(const TableRequest& request, std::size_t index) {
    const auto& partition = request.layout.partitions[index];
    const Extent extent = request.extents[index];
    GptEntry entry{};
    TRY_ASSIGN(const auto type, partition_type(partition, *request.filesystems[index]));
    const auto name = utf16(partition.name);
    if (!name || name->size() > entry.name.size()) {
        return fail({.message = fmt::format("'{}' cannot be the name of a GPT partition", partition.name),
                     .where = partition.where,
                     .hint = fmt::format("use at most {} characters", entry.name.size())});
    }
    const auto guid = parse_uuid(request.identifiers.partuuids.at(index));
    if (!guid) return fail({.message = fmt::format("partition {} has no GUID", partition.name)});
    entry.type = type;
    entry.guid = swap_guid(*guid);
    entry.first_sector = extent.offset / sector_size;
    entry.last_sector = (extent.offset + extent.size) / sector_size - 1;
    entry.attributes = partition.bootable ? legacy_bios_bootable : 0;
    std::memcpy(reinterpret_cast<char*>(&entry) + offsetof(GptEntry, name), name->data(),
                name->size() * sizeof(char16_t));
    return entry;
}

/// A partition of type 0xee over everything keeps old tools off (UEFI 2.10, 5.2.3).
std::string protective_mbr(std::uint64_t sectors, std::string_view boot_code) {
    Mbr mbr{};
    mbr.signature = mbr_signature;
    std::ranges::copy(boot_code, mbr.boot_code.begin());
    mbr.partitions[0] = {
        .status = 0,
        .first_chs = {0x00, 0x02, 0x00},
        .type = protective_type,
        .last_chs = {0xff, 0xff, 0xff},
        .first_sector = 1,
        .sectors = static_cast<std::uint32_t>(std::min<std::uint64_t>(sectors - 1, UINT32_MAX))};
    std::string bytes(sizeof mbr, '\0');
    std::memcpy(bytes.data(), &mbr, sizeof mbr);
    return bytes;
}

std::string header_sector(GptHeader header) {
    header.header_crc = crc32(std::as_bytes(std::span(&header, 1)));
    std::string bytes(sector_size, '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

Result<std::vector<Piece>> lay_out_gpt(const TableRequest& request) {
    std::string entries(gpt_entry_count * sizeof(GptEntry), '\0');
    for (std::size_t i = 0; i < request.extents.size(); ++i) {
        TRY_ASSIGN(const auto entry, make_entry(request, i));
        std::memcpy(entries.data() + i * sizeof entry, &entry, sizeof entry);
    }
    const std::uint64_t sectors = request.image_size / sector_size;
    GptHeader header{.signature = gpt_signature,
                     .revision = gpt_revision,
                     .header_size = sizeof(GptHeader),
                     .header_crc = 0,
                     .reserved = 0,
                     .this_sector = 1,
                     .other_sector = sectors - 1,
                     .first_usable = 2 + gpt_entries_sectors,
                     .last_usable = sectors - gpt_entries_sectors - 2,
                     .disk_guid = swap_guid(request.identifiers.disk_guid),
                     .entries_sector = 2,
                     .entry_count = gpt_entry_count,
                     .entry_size = sizeof(GptEntry),
                     .entries_crc = crc32(std::as_bytes(std::span(entries)))};
    std::vector<Piece> pieces;
    pieces.push_back(
        bytes_piece(0, protective_mbr(sectors, request.boot_code) + header_sector(header) + entries));

    header.this_sector = sectors - 1;
    header.other_sector = 1;
    header.entries_sector = sectors - 1 - gpt_entries_sectors;
    pieces.push_back(bytes_piece(header.entries_sector * sector_size, entries + header_sector(header)));
    return pieces;
}

}  // namespace

extern const PartitionTableType table_gpt;
constinit const PartitionTableType table_gpt = {
    .name = "gpt",
    .most_partitions = gpt_entry_count,
    .head = (2 + gpt_entries_sectors) * sector_size,
    .tail = (1 + gpt_entries_sectors) * sector_size,
    .partuuid = gpt_partuuid,
    .lay_out = lay_out_gpt,
};

}  // namespace rpikit::image
