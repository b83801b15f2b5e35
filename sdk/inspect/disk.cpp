#include "sdk/inspect/disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "sdk/support/text.hpp"

namespace rpikit::inspect {

namespace {

namespace fs = std::filesystem;

/// Which files of an image are looked for, by their names; more or larger ones are left alone.
struct Wanted {
    std::span<const std::string_view> starts;
    std::uint64_t largest;  ///< bytes
    std::size_t most;

    bool has(const archive::Member& member, const std::string& filesystem) const {
        if (member.type != archive::FileType::regular || member.size > largest) return false;
        // Elsewhere it lies in /boot, or the file system is /boot.
        if (filesystem != "vfat" && member.path.contains('/') && !member.path.starts_with("boot/")) {
            return false;
        }
        const auto name = std::string_view(member.path).substr(member.path.rfind('/') + 1);
        if (name.ends_with(".txt") || name.ends_with(".dtb")) return false;
        return std::ranges::any_of(starts, [&](auto start) { return name.starts_with(start); });
    }
};

/// "2:/etc/passwd" gives 2 and "etc/passwd".
std::pair<std::optional<int>, std::string> split_place(const std::string& path) {
    const auto colon = path.find(':');
    const auto number = colon == std::string::npos ? std::nullopt : parse_number(path.substr(0, colon));
    if (!number || *number > 1024) return {std::nullopt, path.substr(path.starts_with('/') ? 1 : 0)};
    const auto rest = path.substr(colon + 1);
    return {static_cast<int>(*number), rest.substr(rest.starts_with('/') ? 1 : 0)};
}

Result<std::vector<DiskFile>> find_files(const fs::path& image, const archive::Limits& limits,
                                         const Wanted& wanted) {
    TRY_ASSIGN(const auto volumes, read_volumes(image));
    std::vector<DiskFile> files;
    for (const auto& volume : volumes) {
        if (!volume.readable()) continue;
        TRY_ASSIGN(const auto members, list_volume(image, volume, limits));
        for (const auto& member : members) {
            if (files.size() >= wanted.most || !wanted.has(member, volume.filesystem)) continue;
            TRY_ASSIGN(auto bytes, read_volume_file(image, volume, member.path, wanted.largest));
            files.push_back({.path = fmt::format("{}:/{}", volume.partition.number, member.path),
                             .bytes = std::move(bytes)});
        }
    }
    return files;
}

}  // namespace

Result<std::vector<Volume>> read_volumes(const fs::path& image) {
    TRY_ASSIGN(const auto whole, image::filesystem_at(image, 0));
    if (!whole.empty()) {
        std::error_code error;
        const auto size = fs::file_size(image, error);
        return std::vector{
            Volume{.partition = {.number = 0, .size = error ? 0 : size, .type = {}, .partuuid = {}},
                   .filesystem = whole}};
    }
    TRY_ASSIGN(const auto partitions, image::read_partitions(image));
    std::vector<Volume> volumes;
    for (const auto& partition : partitions) {
        TRY_ASSIGN(auto filesystem, image::filesystem_at(image, partition.offset));
        volumes.push_back({.partition = partition, .filesystem = std::move(filesystem)});
    }
    return volumes;
}

Result<std::vector<archive::Member>> list_volume(const fs::path& image, const Volume& volume,
                                                 const archive::Limits& limits) {
    const auto offset = volume.partition.offset;
    auto members = volume.filesystem == "vfat" ? image::list_fat(image, offset)
                                               : image::list_ext4(image, offset, limits.entries);
    if (members) return members;
    return fail(std::move(members).error(), fmt::format("cannot list partition {}", volume.partition.number));
}

Result<std::string> read_volume_file(const fs::path& image, const Volume& volume, const std::string& path,
                                     std::uint64_t limit) {
    const auto offset = volume.partition.offset;
    return volume.filesystem == "vfat" ? image::read_fat_file(image, offset, path, limit)
                                       : image::read_ext4_file(image, offset, path, limit);
}

Result<std::string> read_disk_file(const fs::path& image, const std::string& path,
                                   const archive::Limits& limits) {
    const auto [number, name] = split_place(path);
    TRY_ASSIGN(const auto volumes, read_volumes(image));
    std::optional<Error> first;
    for (const auto& volume : volumes) {
        if (!volume.readable() || (number && *number != volume.partition.number)) continue;
        auto content = read_volume_file(image, volume, name, limits.bytes);
        if (content) return content;
        if (!first) first = std::move(content).error();
    }
    if (first && (number || volumes.size() == 1)) return fail(std::move(*first));
    const auto is_it = [&](const Volume& volume) { return volume.partition.number == *number; };
    if (number && std::ranges::none_of(volumes, is_it)) {
        return fail({.message = fmt::format("{} has no partition {}", image.string(), *number),
                     .hint = fmt::format("rpi-kit inspect {}", shell_quote(image.string()))});
    }
    return fail(
        {.message = fmt::format("no file system of {} that can be read has a file {}", image.string(), path),
         .hint = fmt::format("rpi-kit inspect --list {}", shell_quote(image.string()))});
}

Result<std::vector<DiskFile>> find_kernels(const fs::path& image, const archive::Limits& limits) {
    static constexpr std::array<std::string_view, 5> starts{"vmlinu", "Image", "kernel", "bzImage", "zImage"};
    return find_files(image, limits, {.starts = starts, .largest = std::uint64_t{256} << 20, .most = 16});
}

Result<std::vector<DiskFile>> find_configurations(const fs::path& image, const archive::Limits& limits) {
    static constexpr std::array<std::string_view, 1> starts{"config-"};
    return find_files(image, limits, {.starts = starts, .largest = std::uint64_t{16} << 20, .most = 16});
}

}  // namespace rpikit::inspect
