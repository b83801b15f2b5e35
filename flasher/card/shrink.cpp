#include "flasher/card/shrink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

#include "flasher/card/aligned_buffer.hpp"
#include "sdk/support/crc32.hpp"
#include "sdk/support/partition_format.hpp"

namespace rpikit::card {

namespace {

/// What partition tools align to; the image's size is a multiple of it where the card has room.
constexpr std::uint64_t sectors_per_mib = (std::uint64_t{1} << 20) / sector_size;

/// A card's first bytes, in which a table of any usual size lies, and what is said about it.
struct Table {
    std::string card;
    std::uint64_t sectors;  ///< of the card
    std::span<std::byte> start;

    std::unexpected<Error> wrong(const std::string& cause) const {
        return fail({.message = fmt::format("the partition table of {} cannot be used", card),
                     .causes = {cause},
                     .hint = "read the whole card: leave --shrink out"});
    }
    template <class T>
    T get(std::size_t offset) const {
        T object;
        std::memcpy(&object, start.data() + offset, sizeof object);
        return object;
    }
    template <class T>
    void put(std::size_t offset, const T& object) const {
        std::memcpy(start.data() + offset, &object, sizeof object);
    }
};

Result<Cut> cut_by_mbr(const Table& table, const Mbr& mbr) {
    std::uint64_t end = 0;
    for (const auto& entry : mbr.partitions) {
        if (entry.type == 0) continue;
        // Logical partitions lie inside of the extended one.
        const auto last = std::uint64_t{entry.first_sector} + entry.sectors;
        if (entry.first_sector == 0 || entry.sectors == 0 || last > table.sectors) {
            return table.wrong(fmt::format("a partition takes the sectors {} to {}, and the card has {}",
                                           std::uint32_t{entry.first_sector}, last, table.sectors));
        }
        end = std::max(end, last);
    }
    if (end == 0) return table.wrong("it has no partitions");
    return Cut{.size = end * sector_size};
}

Result<GptHeader> read_header(const Table& table) {
    auto header = table.get<GptHeader>(sector_size);
    if (header.signature != gpt_signature) return table.wrong("it has no GPT in sector 1");
    if (header.header_size < sizeof header || header.header_size > sector_size) {
        return table.wrong("the GPT's header has a wrong size");
    }
    std::vector<std::byte> bytes(header.header_size);
    std::ranges::copy(table.start.subspan(sector_size, bytes.size()), bytes.begin());
    std::fill_n(bytes.begin() + offsetof(GptHeader, header_crc), sizeof header.header_crc, std::byte{0});
    if (crc32(bytes) != header.header_crc) return table.wrong("the checksum of the GPT's header is wrong");
    return header;
}

Result<std::span<const std::byte>> read_entries(const Table& table, const GptHeader& header) {
    const auto size = std::uint64_t{header.entry_count} * header.entry_size;
    const auto offset = std::uint64_t{header.entries_sector};
    if (header.entry_size < sizeof(GptEntry) || offset < 2 || offset > table.start.size() / sector_size ||
        size > table.start.size() - offset * sector_size) {
        return table.wrong("the GPT's list of partitions has a wrong size or place");
    }
    const std::span<const std::byte> bytes = table.start.subspan(offset * sector_size, size);
    if (crc32(bytes) != header.entries_crc) {
        return table.wrong("the checksum of the GPT's list of partitions is wrong");
    }
    return bytes;
}

/// The sector behind the last partition.
Result<std::uint64_t> end_of_partitions(const Table& table, const GptHeader& header,
                                        std::span<const std::byte> entries) {
    std::uint64_t end = 0;
    for (std::size_t at = 0; at < entries.size(); at += header.entry_size) {
        GptEntry entry;
        std::memcpy(&entry, entries.data() + at, sizeof entry);
        if (entry.type == Guid{}) continue;
        const std::uint64_t first = entry.first_sector;
        const std::uint64_t last = entry.last_sector;
        if (first < header.first_usable || last < first || last >= table.sectors) {
            return table.wrong(fmt::format("a partition takes the sectors {} to {}, and the card has {}",
                                           first, last, table.sectors));
        }
        end = std::max(end, last + 1);
    }
    if (end == 0) return table.wrong("it has no partitions");
    return end;
}

/// The header's sector with its checksum: what is behind the header's own size stays.
void put_header(std::span<std::byte> sector, GptHeader header) {
    header.header_crc = 0;
    std::memcpy(sector.data(), &header, sizeof header);
    header.header_crc = crc32(sector.first(header.header_size));
    std::memcpy(sector.data(), &header, sizeof header);
}

void shorten_protective_mbr(const Table& table, std::uint64_t sectors) {
    auto mbr = table.get<Mbr>(0);
    auto entries = mbr.partitions;
    for (auto& entry : entries) {
        if (entry.type != protective_type) continue;
        const auto most = std::numeric_limits<std::uint32_t>::max();
        entry.sectors =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(sectors - entry.first_sector, most));
    }
    mbr.partitions = entries;
    table.put(0, mbr);
}

Result<Cut> cut_by_gpt(const Table& table) {
    TRY_ASSIGN(auto header, read_header(table));
    TRY_ASSIGN(const auto entries, read_entries(table, header));
    TRY_ASSIGN(const auto end, end_of_partitions(table, header, entries));
    const auto list_sectors = (entries.size() + sector_size - 1) / sector_size;
    auto sectors = round_up(end + list_sectors + 1, sectors_per_mib);
    if (sectors > table.sectors) sectors = end + list_sectors + 1;
    if (sectors >= table.sectors) return Cut{.size = table.sectors * sector_size};

    Cut cut{.size = sectors * sector_size};
    header.other_sector = sectors - 1;
    header.last_usable = sectors - list_sectors - 2;
    shorten_protective_mbr(table, sectors);
    put_header(table.start.subspan(sector_size, sector_size), header);
    cut.head.assign(table.start.begin(), table.start.begin() + 2 * sector_size);

    cut.tail.resize((list_sectors + 1) * sector_size);
    std::ranges::copy(entries, cut.tail.begin());
    header.this_sector = sectors - 1;
    header.other_sector = 1;
    header.entries_sector = sectors - 1 - list_sectors;
    const auto backup = std::span(cut.tail).last(sector_size);
    std::ranges::copy(table.start.subspan(sector_size, sector_size), backup.begin());
    put_header(backup, header);
    return cut;
}

}  // namespace

Result<Cut> cut_behind_partitions(device::BlockDevice& card) {
    AlignedBuffer buffer;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(card.size_bytes(), piece_bytes));
    Table table{
        .card = card.name(), .sectors = card.size_bytes() / sector_size, .start = buffer.bytes().first(size)};
    if (card.alignment() != sector_size) {
        return table.wrong(
            fmt::format("the card has sectors of {} bytes, in which its table counts", card.alignment()));
    }
    TRY(device::read_whole(card, 0, table.start));
    if (table.sectors < 3) return table.wrong("the card is too small for one");
    const auto mbr = table.get<Mbr>(0);
    if (mbr.signature != mbr_signature) return table.wrong("its first sector has no signature");
    const auto entries = mbr.partitions;
    const bool is_gpt =
        std::ranges::any_of(entries, [](const MbrEntry& entry) { return entry.type == protective_type; });
    return is_gpt ? cut_by_gpt(table) : cut_by_mbr(table, mbr);
}

}  // namespace rpikit::card
