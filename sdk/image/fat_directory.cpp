#include "sdk/image/fat_directory.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "sdk/image/fat_format.hpp"

namespace rpikit::image {

namespace {

struct FatTime {
    std::uint16_t date = 0;
    std::uint16_t time = 0;
};

/// UTC, in steps of two seconds, from 1980 to 2107 (fatgen103, section 6.3).
FatTime fat_time(std::int64_t timestamp) {
    namespace chrono = std::chrono;
    constexpr std::int64_t first = 315'532'800;   // 1980-01-01 00:00:00
    constexpr std::int64_t last = 4'354'819'198;  // 2107-12-31 23:59:58
    const chrono::sys_seconds point{chrono::seconds(std::clamp(timestamp, first, last))};
    const auto day = chrono::floor<chrono::days>(point);
    const chrono::year_month_day date(day);
    const chrono::hh_mm_ss time(point - day);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()) - 1980);
    return {.date = static_cast<std::uint16_t>(year << 9 | static_cast<unsigned>(date.month()) << 5 |
                                               static_cast<unsigned>(date.day())),
            .time = static_cast<std::uint16_t>(time.hours().count() << 11 | time.minutes().count() << 5 |
                                               time.seconds().count() / 2)};
}

template <class T>
void append(std::string& bytes, const T& object) {
    bytes.append(reinterpret_cast<const char*>(&object), sizeof object);
}

FatEntry make_entry(const std::array<char, 11>& name, std::uint8_t attributes, std::int64_t timestamp) {
    const FatTime time = fat_time(timestamp);
    FatEntry entry{};
    entry.name = name;
    entry.attributes = attributes;
    entry.created_time = entry.modified_time = time.time;
    entry.created_date = entry.modified_date = entry.accessed_date = time.date;
    return entry;
}

void set_cluster(FatEntry& entry, std::uint32_t cluster) {
    entry.cluster_high = static_cast<std::uint16_t>(cluster >> 16);
    entry.cluster_low = static_cast<std::uint16_t>(cluster);
}

/// The pieces of a long name, last one first; ended by 0, filled up with 0xffff.
void append_long_name(std::string& bytes, const FatName& name) {
    const std::size_t pieces = name.slots() - 1;
    std::u16string text = name.long_name;
    if (text.size() < pieces * fat_long_characters) text += u'\0';
    text.resize(pieces * fat_long_characters, u'\xffff');
    for (std::size_t piece = pieces; piece > 0; --piece) {
        const char16_t* units = text.data() + (piece - 1) * fat_long_characters;
        FatLongEntry entry{};
        entry.order = static_cast<std::uint8_t>(piece | (piece == pieces ? fat_last_long : 0));
        entry.attributes = fat_long_name;
        entry.checksum = fat_name_checksum(name.short_name);
        auto* raw = reinterpret_cast<char*>(&entry);
        std::memcpy(raw + offsetof(FatLongEntry, name1), units, 10);
        std::memcpy(raw + offsetof(FatLongEntry, name2), units + 5, 12);
        std::memcpy(raw + offsetof(FatLongEntry, name3), units + 11, 4);
        append(bytes, entry);
    }
}

std::array<char, 11> padded(std::string_view text) {
    std::array<char, 11> name;
    name.fill(' ');
    std::ranges::copy(text.substr(0, name.size()), name.begin());
    return name;
}

void append_dots(std::string& bytes, const std::vector<FatNode>& nodes, std::size_t directory,
                 const std::vector<std::uint32_t>& clusters) {
    const FatNode& node = nodes[directory];
    FatEntry dot = make_entry(padded("."), fat_directory, node.entry->mtime);
    set_cluster(dot, clusters[directory]);
    append(bytes, dot);
    dot.name = padded("..");
    set_cluster(dot, node.parent == 0 ? 0 : clusters[node.parent]);  // 0 stands for the root, on FAT32 too
    append(bytes, dot);
}

}  // namespace

std::string fat_directory_bytes(const std::vector<FatNode>& nodes, std::size_t directory,
                                const std::vector<std::uint32_t>& clusters, const std::string& label,
                                std::int64_t timestamp) {
    std::string bytes;
    bytes.reserve(nodes[directory].size);
    if (directory != 0) append_dots(bytes, nodes, directory, clusters);
    if (directory == 0 && !label.empty())
        append(bytes, make_entry(padded(label), fat_volume_label, timestamp));
    for (const std::size_t child : nodes[directory].children) {
        const FatNode& node = nodes[child];
        if (!node.name.long_name.empty()) append_long_name(bytes, node.name);
        FatEntry entry =
            make_entry(node.name.short_name, node.directory ? fat_directory : fat_archive, node.entry->mtime);
        entry.case_flags = node.name.case_flags;
        set_cluster(entry, clusters[child]);
        entry.size = node.directory ? 0 : static_cast<std::uint32_t>(node.size);
        append(bytes, entry);
    }
    return bytes;
}

}  // namespace rpikit::image
