#pragma once

#include <array>
#include <cstdint>

namespace rpikit::image {

/// The start of a FAT volume's first sector (Microsoft "fatgen103", section 3.1).
struct [[gnu::packed]] FatBootSector {
    std::array<std::uint8_t, 3> jump;
    std::array<char, 8> oem_name;
    std::uint16_t bytes_per_sector;
    std::uint8_t sectors_per_cluster;
    std::uint16_t reserved_sectors;
    std::uint8_t fat_count;
    std::uint16_t root_entries;  ///< 0 on FAT32
    std::uint16_t total_sectors_16;
    std::uint8_t media;
    std::uint16_t fat_sectors_16;  ///< 0 on FAT32
    std::uint16_t sectors_per_track;
    std::uint16_t heads;
    std::uint32_t hidden_sectors;
    std::uint32_t total_sectors_32;
};
static_assert(sizeof(FatBootSector) == 36);

/// What follows on FAT12 and FAT16 (section 3.2), and on FAT32 after Fat32BootSector.
struct [[gnu::packed]] FatExtendedBootSector {
    std::uint8_t drive_number;
    std::uint8_t reserved;
    std::uint8_t boot_signature;  ///< 0x29: the next three fields are valid
    std::uint32_t volume_id;
    std::array<char, 11> label;
    std::array<char, 8> type;
};
static_assert(sizeof(FatExtendedBootSector) == 26);

/// What FAT32 has between the two (section 3.3).
struct [[gnu::packed]] Fat32BootSector {
    std::uint32_t fat_sectors_32;
    std::uint16_t flags;
    std::uint16_t version;
    std::uint32_t root_cluster;
    std::uint16_t info_sector;
    std::uint16_t backup_sector;
    std::array<std::uint8_t, 12> reserved;
};
static_assert(sizeof(Fat32BootSector) == 28);

/// FSInfo of FAT32 (section 5).
struct [[gnu::packed]] FatInfoSector {
    std::uint32_t lead_signature;
    std::array<std::uint8_t, 480> reserved;
    std::uint32_t structure_signature;
    std::uint32_t free_clusters;
    std::uint32_t next_free;
    std::array<std::uint8_t, 12> reserved2;
    std::uint32_t trail_signature;
};
static_assert(sizeof(FatInfoSector) == 512);

/// A directory entry (section 6).
struct [[gnu::packed]] FatEntry {
    std::array<char, 11> name;
    std::uint8_t attributes;
    std::uint8_t
        case_flags;  ///< not in the specification: Windows NT and Linux keep the case of 8.3 names here
    std::uint8_t created_centiseconds;
    std::uint16_t created_time;
    std::uint16_t created_date;
    std::uint16_t accessed_date;
    std::uint16_t cluster_high;
    std::uint16_t modified_time;
    std::uint16_t modified_date;
    std::uint16_t cluster_low;
    std::uint32_t size;
};
static_assert(sizeof(FatEntry) == 32);

/// One piece of a long name (section 7.1).
struct [[gnu::packed]] FatLongEntry {
    std::uint8_t order;
    std::array<char16_t, 5> name1;
    std::uint8_t attributes;
    std::uint8_t type;
    std::uint8_t checksum;
    std::array<char16_t, 6> name2;
    std::uint16_t cluster;
    std::array<char16_t, 2> name3;
};
static_assert(sizeof(FatLongEntry) == sizeof(FatEntry));

constexpr std::uint8_t fat_read_only = 0x01;
constexpr std::uint8_t fat_volume_label = 0x08;
constexpr std::uint8_t fat_directory = 0x10;
constexpr std::uint8_t fat_archive = 0x20;
constexpr std::uint8_t fat_long_name = 0x0f;
constexpr std::uint8_t fat_last_long = 0x40;
constexpr std::uint8_t fat_deleted = 0xe5;
constexpr std::uint8_t fat_lower_base = 0x08;
constexpr std::uint8_t fat_lower_extension = 0x10;
constexpr std::size_t fat_long_characters = 13;  ///< in one FatLongEntry

/// Cluster counts below which a volume is FAT12 or FAT16 (section 3.5).
constexpr std::uint32_t fat16_clusters = 4085;
constexpr std::uint32_t fat32_clusters = 65525;

/// The checksum of a short name that ties long entries to it (section 7.2).
constexpr std::uint8_t fat_name_checksum(const std::array<char, 11>& name) {
    std::uint8_t sum = 0;
    for (const char c : name)
        sum = static_cast<std::uint8_t>((sum >> 1) + ((sum & 1) << 7) + static_cast<std::uint8_t>(c));
    return sum;
}

}  // namespace rpikit::image
