#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "sdk/image/fat_format.hpp"
#include "sdk/image/fat_volume.hpp"
#include "sdk/image/image_reader.hpp"
#include "sdk/image/unicode.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::image {

namespace {

/// Bytes; long before this the recursion would be a danger, and no sane tool makes such paths.
constexpr std::size_t longest_path = 4096;

struct File {
    std::string name;
    bool directory = false;
    std::uint32_t cluster = 0;
    std::uint32_t size = 0;
};

/// Long names come in pieces, last piece first, before the short entry that they belong to.
class LongName {
  public:
    void add(const FatLongEntry& entry) {
        const unsigned order = entry.order & 0x3fU;
        if ((entry.order & fat_last_long) != 0) {
            pieces_ = order;
            next_ = order;
            checksum_ = entry.checksum;
            name_.assign(order * fat_long_characters, u'\0');
        }
        if (order == 0 || order != next_ || entry.checksum != checksum_) return clear();
        std::array<char16_t, fat_long_characters> piece;
        const auto* raw = reinterpret_cast<const std::byte*>(&entry);
        std::memcpy(piece.data(), raw + offsetof(FatLongEntry, name1), 10);
        std::memcpy(piece.data() + 5, raw + offsetof(FatLongEntry, name2), 12);
        std::memcpy(piece.data() + 11, raw + offsetof(FatLongEntry, name3), 4);
        std::ranges::copy(piece, name_.begin() + static_cast<std::ptrdiff_t>((order - 1) * piece.size()));
        --next_;
    }

    /// The name, when all its pieces were there and belong to `short_name`; starts anew.
    std::string take(const std::array<char, 11>& short_name) {
        const bool whole = pieces_ != 0 && next_ == 0 && checksum_ == fat_name_checksum(short_name);
        std::string name;
        if (whole) name = utf8(std::u16string_view(name_).substr(0, name_.find(u'\0')));
        clear();
        return name;
    }

    void clear() { *this = LongName(); }

  private:
    std::u16string name_;
    unsigned pieces_ = 0;
    unsigned next_ = 0;
    std::uint8_t checksum_ = 0;
};

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

std::string short_name(const FatEntry& entry) {
    std::array<char, 11> raw = entry.name;
    if (raw[0] == 0x05) raw[0] = static_cast<char>(fat_deleted);  // a first byte 0xe5 is stored so
    std::string base(trim(std::string_view(raw.data(), 8)));
    std::string extension(trim(std::string_view(raw.data() + 8, 3)));
    if ((entry.case_flags & fat_lower_base) != 0) base = lower(base);
    if ((entry.case_flags & fat_lower_extension) != 0) extension = lower(extension);
    return extension.empty() ? base : base + '.' + extension;
}

/// A name that could lead elsewhere when somebody joins it to a folder.
bool is_usable(std::string_view name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

/// Entries of one directory, "." and "..", labels and deleted ones left out.
std::vector<File> parse_directory(std::string_view bytes) {
    std::vector<File> files;
    LongName long_name;
    for (; bytes.size() >= sizeof(FatEntry); bytes.remove_prefix(sizeof(FatEntry))) {
        FatEntry entry;
        std::memcpy(&entry, bytes.data(), sizeof entry);
        if (entry.name[0] == 0) break;
        if (static_cast<std::uint8_t>(entry.name[0]) == fat_deleted) {
            long_name.clear();
            continue;
        }
        if ((entry.attributes & fat_long_name) == fat_long_name) {
            FatLongEntry piece;
            std::memcpy(&piece, bytes.data(), sizeof piece);
            long_name.add(piece);
            continue;
        }
        std::string name = long_name.take(entry.name);
        if ((entry.attributes & fat_volume_label) != 0) continue;
        if (name.empty()) name = short_name(entry);
        if (!is_usable(name)) continue;
        files.push_back({.name = std::move(name),
                         .directory = (entry.attributes & fat_directory) != 0,
                         .cluster = std::uint32_t{entry.cluster_high} << 16 | entry.cluster_low,
                         .size = entry.size});
    }
    return files;
}

Result<std::vector<File>> list_directory(const FatVolume& volume, std::uint32_t cluster) {
    TRY_ASSIGN(const auto bytes, volume.read_directory(cluster));
    return parse_directory(bytes);
}

Result<std::string> read_content(const FatVolume& volume, const File& file) {
    std::string content;
    if (file.size == 0) return content;
    const std::uint32_t cluster_size = volume.cluster_size();
    const std::uint64_t count = (std::uint64_t{file.size} + cluster_size - 1) / cluster_size;
    TRY_ASSIGN(const auto clusters, volume.chain(file.cluster, count));
    if (clusters.size() != count) return fail({.message = "its chain of clusters is shorter than its size"});
    content.reserve(file.size);
    for (const std::uint32_t cluster : clusters) {
        const auto left = file.size - static_cast<std::uint32_t>(content.size());
        TRY_ASSIGN(const auto bytes, volume.read_cluster(cluster, std::min(left, cluster_size)));
        content += bytes;
    }
    return content;
}

Result<std::string> find_and_read(const FatVolume& volume, const std::string& path, std::uint64_t limit) {
    std::uint32_t directory = 0;
    const auto parts = split(path, '/');
    for (std::size_t i = 0; i < parts.size(); ++i) {
        TRY_ASSIGN(const auto files, list_directory(volume, directory));
        const auto found =
            std::ranges::find(files, lower(parts[i]), [](const File& f) { return lower(f.name); });
        if (found == files.end()) return fail({.message = "there is no such file"});
        const bool last = i + 1 == parts.size();
        if (found->directory == last) {
            return fail({.message = fmt::format("{} is {}", parts[i], last ? "a folder" : "not a folder")});
        }
        if (last && found->size > limit) {
            return fail({.message = fmt::format("it has {}, more than the {} expected",
                                                format_size(found->size), format_size(limit))});
        }
        if (last) return read_content(volume, *found);
        if (found->cluster == 0) return fail({.message = fmt::format("the folder {} is broken", parts[i])});
        directory = found->cluster;
    }
    return fail({.message = "there is no such file"});
}

/// Walks all folders; one that was seen before is a loop.
Result<> list_below(const FatVolume& volume, std::uint32_t cluster, const std::string& prefix,
                    std::set<std::uint32_t>& seen, std::vector<archive::Member>& members) {
    TRY_ASSIGN(const auto files, list_directory(volume, cluster));
    for (const File& file : files) {
        members.push_back({.path = prefix + file.name,
                           .type = file.directory ? archive::FileType::directory : archive::FileType::regular,
                           .mode = file.directory ? 0755U : 0644U,
                           .size = file.size});
        if (!file.directory) continue;
        const bool new_here = file.cluster != 0 && seen.insert(file.cluster).second;
        if (!new_here || prefix.size() > longest_path) {
            return fail(
                {.message = fmt::format("the folders of the FAT loop or nest too deep at {}", prefix)});
        }
        TRY(list_below(volume, file.cluster, prefix + file.name + '/', seen, members));
    }
    return {};
}

}  // namespace

Result<std::string> read_fat_file(const std::filesystem::path& image, std::uint64_t offset,
                                  const std::string& path, std::uint64_t limit) {
    TRY_ASSIGN(const auto disk, DiskFile::open(image));
    TRY_ASSIGN(const auto volume, FatVolume::open(disk, offset));
    auto content = find_and_read(volume, path, limit);
    if (!content) {
        return fail(content.error(), fmt::format("cannot read {} in the FAT of {}", path, image.string()));
    }
    return content;
}

Result<std::vector<archive::Member>> list_fat(const std::filesystem::path& image, std::uint64_t offset) {
    TRY_ASSIGN(const auto disk, DiskFile::open(image));
    TRY_ASSIGN(const auto volume, FatVolume::open(disk, offset));
    std::vector<archive::Member> members;
    std::set<std::uint32_t> seen;
    TRY(list_below(volume, 0, "", seen, members));
    std::ranges::sort(members, {}, &archive::Member::path);
    return members;
}

Result<std::vector<std::string>> list_fat_files(const std::filesystem::path& image, std::uint64_t offset) {
    TRY_ASSIGN(const auto members, list_fat(image, offset));
    std::vector<std::string> paths;
    for (const auto& member : members) {
        if (member.type == archive::FileType::regular) paths.push_back(member.path);
    }
    return paths;
}

}  // namespace rpikit::image
