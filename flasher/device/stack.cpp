#include "flasher/device/stack.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <optional>

#include "flasher/device/attribute.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::device {

namespace fs = std::filesystem;

namespace {

/// The device's folder in sysfs, links resolved; nothing when there is none.
std::optional<fs::path> sysfs_folder(const Roots& roots, dev_t device) {
    std::error_code error;
    auto folder = fs::canonical(
        roots.sys / "dev" / "block" / fmt::format("{}:{}", major(device), minor(device)), error);
    if (error) return std::nullopt;
    return folder;
}

/// The kernel tells of a loop device that shows another block device by that one's path alone.
dev_t backing_device(const fs::path& folder) {
    struct stat status{};
    const auto path = backing_path(folder);
    return !path.empty() && ::stat(path.c_str(), &status) == 0 && S_ISBLK(status.st_mode) ? status.st_rdev
                                                                                          : 0;
}

void descend(const Roots& roots, dev_t device, Numbers& found) {
    if (!found.insert(device).second) return;
    const auto folder = sysfs_folder(roots, device);
    if (!folder) return;
    std::error_code error;
    if (fs::exists(*folder / "partition", error)) {
        if (const auto disk = parse_number(attribute(folder->parent_path() / "dev"))) {
            descend(roots, *disk, found);
        }
    }
    for (fs::directory_iterator slave(*folder / "slaves", error); !error && slave != fs::directory_iterator();
         slave.increment(error)) {
        if (const auto number = parse_number(attribute(slave->path() / "dev")))
            descend(roots, *number, found);
    }
    if (const auto backing = backing_device(*folder); backing != 0) descend(roots, backing, found);
}

/// The mount that a canonical path lies in: the one whose mount point is the longest start of it, the later
/// of two at the same place.
const Mount* mount_of(std::span<const Mount> mounts, const fs::path& path) {
    const Mount* best = nullptr;
    std::ptrdiff_t best_parts = -1;
    for (const auto& mount : mounts) {
        const auto parts = std::distance(mount.where.begin(), mount.where.end());
        const auto rest =
            std::mismatch(mount.where.begin(), mount.where.end(), path.begin(), path.end()).first;
        if (rest != mount.where.end() || parts < best_parts) continue;
        best = &mount;
        best_parts = parts;
    }
    return best;
}

/// What a search has seen already, so that overlays and loops that lie on each other end.
class PlaceSearch {
  public:
    PlaceSearch(const Roots& roots, std::span<const Mount> mounts) : roots_(&roots), mounts_(mounts) {}

    void path(const fs::path& given) {
        std::error_code error;
        auto resolved = fs::weakly_canonical(fs::absolute(given, error), error);
        if (error) resolved = given;
        if (!paths_.insert(resolved).second) return;
        struct stat status{};
        if (::stat(resolved.c_str(), &status) == 0) {
            device(S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev);
        }
        if (const auto* mount = mount_of(mounts_, resolved)) file_system(*mount);
    }

    Numbers found;

  private:
    void file_system(const Mount& mount) {
        if (major(mount.number) != 0) return device(mount.number);
        if (mount.source.starts_with('/')) device(number_of_node(*roots_, mount.source));
        if (mount.type == "overlay") overlay(mount.options);
    }

    void overlay(std::string_view options) {
        for (const auto option : split(options, ',')) {
            for (const std::string_view name : {"lowerdir=", "upperdir="}) {
                if (!option.starts_with(name)) continue;
                for (const auto folder : split(option.substr(name.size()), ':')) {
                    if (folder.starts_with('/')) path(folder);
                }
            }
        }
    }

    void device(dev_t number) {
        if (major(number) == 0) return;
        for (const auto below : stack_below(*roots_, number)) {
            if (!found.insert(below).second) continue;
            const auto folder = sysfs_folder(*roots_, below);
            if (!folder) continue;
            if (const auto backing = backing_path(*folder); !backing.empty()) path(backing);
        }
    }

    const Roots* roots_;
    std::span<const Mount> mounts_;
    std::set<fs::path> paths_;
};

}  // namespace

std::string backing_path(const fs::path& folder) {
    // Not cleaned, for a path is what it is; "(deleted)" behind it leaves its folder right.
    auto backing = host::read_file(folder / "loop" / "backing_file", std::size_t{64} << 10).value_or("");
    if (backing.ends_with('\n')) backing.pop_back();
    return backing.starts_with('/') ? backing : "";
}

Numbers stack_below(const Roots& roots, dev_t device) {
    Numbers found;
    descend(roots, device, found);
    return found;
}

dev_t number_of_node(const Roots& roots, const fs::path& node) {
    auto name = node.lexically_relative("/dev").string();
    std::ranges::replace(name, '/', '!');
    if (const auto number = parse_number(attribute(roots.sys / "class" / "block" / name / "dev")))
        return *number;
    struct stat status{};
    return ::stat(node.c_str(), &status) == 0 && S_ISBLK(status.st_mode) ? status.st_rdev : 0;
}

Numbers devices_of_path(const Roots& roots, std::span<const Mount> mounts, const fs::path& path) {
    PlaceSearch search(roots, mounts);
    search.path(path);
    return std::move(search.found);
}

}  // namespace rpikit::device
