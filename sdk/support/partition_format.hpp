#pragma once

#include <array>
#include <cstdint>

namespace rpikit {

constexpr std::uint64_t sector_size = 512;

/// 16 bytes; the first three fields little-endian (UEFI 2.10, appendix A).
using Guid = std::array<std::uint8_t, 16>;

/// One of the four primary partitions of a master boot record (UEFI 2.10, table 5.3).
struct [[gnu::packed]] MbrEntry {
    std::uint8_t status;  ///< 0x80: the one to boot from
    std::array<std::uint8_t, 3> first_chs;
    std::uint8_t type;
    std::array<std::uint8_t, 3> last_chs;
    std::uint32_t first_sector;
    std::uint32_t sectors;
};
static_assert(sizeof(MbrEntry) == 16);

/// Sector 0 (UEFI 2.10, table 5.2).
struct [[gnu::packed]] Mbr {
    std::array<std::uint8_t, 440> boot_code;
    std::uint32_t disk_signature;
    std::uint16_t reserved;
    std::array<MbrEntry, 4> partitions;
    std::uint16_t signature;
};
static_assert(sizeof(Mbr) == sector_size);
constexpr std::uint16_t mbr_signature = 0xaa55;
constexpr std::uint8_t protective_type = 0xee;

/// UEFI 2.10, table 5.5.
struct [[gnu::packed]] GptHeader {
    std::array<char, 8> signature;
    std::uint32_t revision;
    std::uint32_t header_size;
    std::uint32_t header_crc;
    std::uint32_t reserved;
    std::uint64_t this_sector;
    std::uint64_t other_sector;
    std::uint64_t first_usable;
    std::uint64_t last_usable;
    Guid disk_guid;
    std::uint64_t entries_sector;
    std::uint32_t entry_count;
    std::uint32_t entry_size;
    std::uint32_t entries_crc;
};
static_assert(sizeof(GptHeader) == 92);
constexpr std::array<char, 8> gpt_signature = {'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'};
constexpr std::uint32_t gpt_revision = 0x00010000;

/// UEFI 2.10, table 5.6.
struct [[gnu::packed]] GptEntry {
    Guid type;
    Guid guid;
    std::uint64_t first_sector;
    std::uint64_t last_sector;  ///< inclusive
    std::uint64_t attributes;
    std::array<char16_t, 36> name;
};
static_assert(sizeof(GptEntry) == 128);
constexpr std::uint32_t gpt_entry_count = 128;
constexpr std::uint64_t gpt_entries_sectors = gpt_entry_count * sizeof(GptEntry) / sector_size;

}  // namespace rpikit
