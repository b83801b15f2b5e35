#include "flasher/device/unmount.hpp"

#include <fmt/format.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ranges>

#include "flasher/device/attribute.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::device {

namespace {

Result<> unmount(const std::filesystem::path& where) {
    if (::umount2(where.c_str(), UMOUNT_NOFOLLOW) == 0) return {};
    const int number = errno;
    const auto quoted = shell_quote(where.string());
    return fail({.message = fmt::format("cannot unmount {}", clean_text(where.string())),
                 .causes = {std::strerror(number)},
                 .hint = number == EBUSY ? fmt::format("see who uses it: sudo fuser -vm {}", quoted)
                                         : fmt::format("sudo umount {}", quoted)});
}

bool is_kept(const std::filesystem::path& where) {
    return where == "/" || (where.begin() != where.end() && std::next(where.begin()) != where.end() &&
                            *std::next(where.begin()) == "boot");
}

}  // namespace

Result<> unmount_all(const Machine& machine, const Disk& disk) {
    std::vector<std::filesystem::path> ours;
    for (const auto* volume : disk.volumes())
        ours.insert(ours.end(), volume->mounts.begin(), volume->mounts.end());
    for (const auto& where : ours) {
        if (is_kept(where)) {
            return fail(
                {.message = fmt::format("{} is not unmounted: this machine needs it", where.string())});
        }
    }
    for (const auto& mount : machine.mounts | std::views::reverse) {
        if (std::ranges::find(ours, mount.where) == ours.end()) continue;
        // The system call takes away what is on top, whose it ever is.
        if (!lies_on(machine, mount, disk)) {
            return fail({.message = fmt::format("another file system is mounted over {}",
                                                clean_text(mount.where.string())),
                         .hint = fmt::format("sudo umount {}", shell_quote(mount.where.string()))});
        }
        TRY(unmount(mount.where));
    }
    return {};
}

}  // namespace rpikit::device
