#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "sdk/image/image_types.hpp"
#include "sdk/support/partition_format.hpp"

namespace rpikit::image {

namespace {

/// Cylinder, head and sector as the BIOS counts them, for the usual 255 heads and 63 sectors; what lies
/// beyond cylinder 1023 is the last address of all.
std::array<std::uint8_t, 3> chs_address(std::uint64_t sector) {
    constexpr std::uint64_t sectors = 63;
    constexpr std::uint64_t heads = 255;
    std::uint64_t cylinder = sector / (sectors * heads);
    std::uint64_t head = sector / sectors % heads;
    std::uint64_t number = sector % sectors + 1;
    if (cylinder > 1023) {
        cylinder = 1023;
        head = heads - 1;
        number = sectors;
    }
    return {static_cast<std::uint8_t>(head), static_cast<std::uint8_t>(number | (cylinder >> 8) << 6),
            static_cast<std::uint8_t>(cylinder)};
}

Result<std::uint8_t> partition_type(const board::Partition& partition, const FilesystemType& filesystem) {
    if (partition.type.empty()) return filesystem.mbr_type;
    const std::string_view text = partition.type;
    std::uint8_t type = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), type, 16);
    if (!text.starts_with("0x") || error != std::errc{} || end != text.data() + text.size() || type == 0) {
        return fail({.message = fmt::format("'{}' is not an MBR partition type", text),
                     .where = partition.where,
                     .hint = "write the type byte, such as type = \"0x0c\" for FAT or \"0x83\" for Linux"});
    }
    return type;
}

std::string mbr_partuuid(const Identifiers& identifiers, const std::string&, std::size_t index) {
    return fmt::format("{:08x}-{:02x}", identifiers.disk_id, index + 1);
}

Result<std::vector<Piece>> lay_out_mbr(const TableRequest& request) {
    if (request.image_size / sector_size > UINT32_MAX) {
        return fail(
            {.message = "an MBR cannot describe more than 2 TiB", .hint = "set table = \"gpt\" in [image]"});
    }
    Mbr mbr{};
    mbr.disk_signature = request.identifiers.disk_id;
    mbr.signature = mbr_signature;
    std::ranges::copy(request.boot_code, mbr.boot_code.begin());
    for (std::size_t i = 0; i < request.extents.size(); ++i) {
        const auto& partition = request.layout.partitions[i];
        const std::uint64_t first = request.extents[i].offset / sector_size;
        const std::uint64_t count = request.extents[i].size / sector_size;
        TRY_ASSIGN(const auto type, partition_type(partition, *request.filesystems[i]));
        mbr.partitions.at(i) = {.status = static_cast<std::uint8_t>(partition.bootable ? 0x80 : 0),
                                .first_chs = chs_address(first),
                                .type = type,
                                .last_chs = chs_address(first + count - 1),
                                .first_sector = static_cast<std::uint32_t>(first),
                                .sectors = static_cast<std::uint32_t>(count)};
    }
    std::string bytes(sizeof mbr, '\0');
    std::memcpy(bytes.data(), &mbr, sizeof mbr);
    std::vector<Piece> pieces;
    pieces.push_back(bytes_piece(0, std::move(bytes)));
    return pieces;
}

}  // namespace

extern const PartitionTableType table_mbr;
constinit const PartitionTableType table_mbr = {
    .name = "mbr",
    .most_partitions = 4,
    .head = sector_size,
    .tail = 0,
    .partuuid = mbr_partuuid,
    .lay_out = lay_out_mbr,
};

}  // namespace rpikit::image
