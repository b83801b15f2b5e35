#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include "sdk/image/disk_file.hpp"
#include "sdk/image/guid.hpp"
#include "sdk/image/image_reader.hpp"
#include "sdk/image/unicode.hpp"
#include "sdk/support/crc32.hpp"
#include "sdk/support/partition_format.hpp"

namespace rpikit::image {

namespace {

template <class T>
Result<T> read_object(const DiskFile& disk, std::uint64_t offset) {
    T object;
    TRY(disk.read(offset, std::as_writable_bytes(std::span(&object, 1))));
    return object;
}

/// A range of sectors in bytes, if it lies in the image.
Result<> place(const DiskFile& disk, PartitionEntry& entry, std::uint64_t first, std::uint64_t count) {
    const std::uint64_t available = disk.size() / sector_size;
    if (first == 0 || count == 0 || first > available || count > available - first) {
        return fail(
            {.message = fmt::format("partition {} of {} lies outside: sectors {} to {}, there are {}",
                                    entry.number, disk.path().string(), first, first + count, available)});
    }
    entry.offset = first * sector_size;
    entry.size = count * sector_size;
    return {};
}

Result<std::vector<PartitionEntry>> mbr_partitions(const DiskFile& disk, const Mbr& mbr) {
    std::vector<PartitionEntry> partitions;
    for (std::size_t i = 0; i < mbr.partitions.size(); ++i) {
        const MbrEntry entry = mbr.partitions.at(i);
        if (entry.type == 0) continue;
        const std::uint32_t signature = mbr.disk_signature;
        PartitionEntry found{.number = static_cast<int>(i) + 1,
                             .type = fmt::format("0x{:02x}", entry.type),
                             .partuuid = fmt::format("{:08x}-{:02x}", signature, i + 1)};
        TRY(place(disk, found, entry.first_sector, entry.sectors));
        partitions.push_back(std::move(found));
    }
    return partitions;
}

/// A GPT header whose signature and checksum hold.
Result<GptHeader> read_gpt_header(const DiskFile& disk, std::uint64_t sector) {
    TRY_ASSIGN(const auto header, read_object<GptHeader>(disk, sector * sector_size));
    if (header.signature != gpt_signature) return fail({.message = "no GPT signature"});
    if (header.header_size < sizeof(GptHeader) || header.header_size > sector_size) {
        return fail({.message = "the GPT header has a wrong size"});
    }
    TRY_ASSIGN(auto bytes, disk.read(sector * sector_size, header.header_size));
    std::fill_n(bytes.begin() + offsetof(GptHeader, header_crc), sizeof header.header_crc, '\0');
    if (crc32(std::as_bytes(std::span(bytes))) != header.header_crc) {
        return fail({.message = "the checksum of the GPT header is wrong"});
    }
    return header;
}

Result<std::string> read_gpt_entries(const DiskFile& disk, const GptHeader& header) {
    // Far above the usual 128 entries of 128 bytes, far below what could hurt.
    constexpr std::uint64_t most = 1 << 20;
    const std::uint64_t size = std::uint64_t{header.entry_count} * header.entry_size;
    if (header.entry_size < sizeof(GptEntry) || size > most ||
        header.entries_sector > disk.size() / sector_size) {
        return fail({.message = "the GPT's list of partitions has a wrong size or place"});
    }
    TRY_ASSIGN(auto bytes, disk.read(header.entries_sector * sector_size, size));
    if (crc32(std::as_bytes(std::span(bytes))) != header.entries_crc) {
        return fail({.message = "the checksum of the GPT's list of partitions is wrong"});
    }
    return bytes;
}

Result<std::vector<PartitionEntry>> gpt_partitions_at(const DiskFile& disk, std::uint64_t sector) {
    TRY_ASSIGN(const auto header, read_gpt_header(disk, sector));
    TRY_ASSIGN(const auto bytes, read_gpt_entries(disk, header));
    std::vector<PartitionEntry> partitions;
    for (std::uint32_t i = 0; i < header.entry_count; ++i) {
        GptEntry entry;
        std::memcpy(&entry, bytes.data() + std::size_t{i} * header.entry_size, sizeof entry);
        if (entry.type == Uuid{}) continue;
        std::u16string name(entry.name.begin(), entry.name.end());
        name.resize(std::min(name.size(), name.find(u'\0')));
        PartitionEntry found{.number = static_cast<int>(i) + 1,
                             .type = uuid_text(swap_guid(entry.type)),
                             .partuuid = uuid_text(swap_guid(entry.guid)),
                             .name = utf8(name)};
        if (entry.last_sector < entry.first_sector) {
            return fail({.message = fmt::format("partition {} ends before it starts", found.number)});
        }
        if (entry.last_sector >= disk.size() / sector_size) {
            return fail({.message = fmt::format(
                             "partition {} ends in sector {}, the file has {}: it is cut off", found.number,
                             std::uint64_t{entry.last_sector}, disk.size() / sector_size)});
        }
        TRY(place(disk, found, entry.first_sector, entry.last_sector - entry.first_sector + 1));
        partitions.push_back(std::move(found));
    }
    return partitions;
}

/// The primary GPT, or the backup in the last sector when the primary is damaged.
Result<std::vector<PartitionEntry>> gpt_partitions(const DiskFile& disk) {
    auto primary = gpt_partitions_at(disk, 1);
    if (primary) return primary;
    auto backup = gpt_partitions_at(disk, disk.size() / sector_size - 1);
    if (backup) return backup;
    return fail(primary.error(),
                fmt::format("the partition table (GPT) of {} cannot be used", disk.path().string()));
}

Result<> check_overlap(const DiskFile& disk, std::vector<PartitionEntry> partitions) {
    std::ranges::sort(partitions, {}, &PartitionEntry::offset);
    for (std::size_t i = 1; i < partitions.size(); ++i) {
        const auto& before = partitions[i - 1];
        if (before.offset + before.size <= partitions[i].offset) continue;
        return fail({.message = fmt::format("partitions {} and {} of {} overlap", before.number,
                                            partitions[i].number, disk.path().string())});
    }
    return {};
}

}  // namespace

Result<std::vector<PartitionEntry>> read_partitions(const std::filesystem::path& image) {
    TRY_ASSIGN(const auto disk, DiskFile::open(image));
    if (disk.size() < 2 * sector_size) {
        return fail({.message = fmt::format("{} is too small to hold a partition table", image.string())});
    }
    TRY_ASSIGN(const auto mbr, read_object<Mbr>(disk, 0));
    if (mbr.signature != mbr_signature) {
        return fail({.message = fmt::format("{} has no partition table", image.string())});
    }
    const auto is_protective = [](const MbrEntry& entry) { return entry.type == protective_type; };
    auto partitions =
        std::ranges::any_of(mbr.partitions, is_protective) ? gpt_partitions(disk) : mbr_partitions(disk, mbr);
    if (partitions) TRY(check_overlap(disk, *partitions));
    return partitions;
}

}  // namespace rpikit::image
