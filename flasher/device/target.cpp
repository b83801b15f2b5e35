#include "flasher/device/target.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sdk/support/text.hpp"

namespace rpikit::device {

namespace fs = std::filesystem;

namespace {

Refusal missing(const Machine& machine, const fs::path& path, int number) {
    Refusal refusal{RefusalKind::missing, fmt::format("cannot be looked at: {}", std::strerror(number)),
                    "rpi-kit devices"};
    if (number != ENOENT) return refusal;
    refusal.reason = "is not there";
    std::vector<std::string> names;
    for (const auto& disk : machine.disks)
        names.push_back(disk.whole.path.string());
    // What is typed without its folder is meant as a device, too.
    const auto near =
        near_match(path.is_absolute() ? path.string() : (machine.roots.dev / path).string(), names);
    if (near) refusal.remedy = fmt::format("is {} meant? rpi-kit devices", *near);
    return refusal;
}

std::string_view kind_of(mode_t mode) {
    if (S_ISREG(mode)) return "a file";
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISCHR(mode)) return "a character device";
    if (S_ISFIFO(mode)) return "a pipe";
    return "a socket";
}

/// Finds the disk, or says in the refusals why there is none.
Target find_disk(const Machine& machine, const fs::path& given, dev_t number) {
    Target target{.given = given, .number = number};
    const auto* disk = machine.disk_of(number);
    if (disk == nullptr) {
        target.refusals.push_back({RefusalKind::no_medium, "has no medium in it", "rpi-kit devices"});
        return target;
    }
    target.disk = *disk;
    if (disk->whole.number != number) {
        target.refusals.push_back({RefusalKind::partition,
                                   fmt::format("is a partition of {}", disk->whole.path.string()),
                                   fmt::format("name the disk: {}", disk->whole.path.string())});
    }
    return target;
}

Target locate(const Machine& machine, const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return {.given = path, .refusals = {missing(machine, path, errno)}};
    }
    if (!S_ISBLK(status.st_mode)) {
        return {.given = path,
                .refusals = {{RefusalKind::not_block,
                              fmt::format("is {}, not a block device", kind_of(status.st_mode)),
                              "rpi-kit devices"}}};
    }
    return find_disk(machine, path, status.st_rdev);
}

}  // namespace

Target examine(const Machine& machine, const fs::path& path, const Purpose& purpose) {
    auto target = locate(machine, path);
    if (target.refusals.empty()) target.refusals = refusals(machine, *target.disk, purpose);
    return target;
}

Target examine(const Machine& machine, const fs::path& given, dev_t number, const Purpose& purpose) {
    auto target = find_disk(machine, given, number);
    if (target.refusals.empty()) target.refusals = refusals(machine, *target.disk, purpose);
    return target;
}

Target examine_for_reading(const Machine& machine, const fs::path& path, const fs::path& output) {
    auto target = locate(machine, path);
    if (target.refusals.empty()) target.refusals = reading_refusals(machine, *target.disk, output);
    return target;
}

}  // namespace rpikit::device
