#include "flasher/device/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "flasher/device/attribute.hpp"
#include "flasher/device/content.hpp"
#include "flasher/device/stack.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::device {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view another_device = "choose another device: rpi-kit devices";

/// Collects what speaks against one disk.
class Examination {
  public:
    Examination(const Machine& machine, const Disk& disk, const Purpose& purpose)
        : machine_(&machine), disk_(&disk), purpose_(&purpose) {}

    void medium();
    void system_folders();
    void files();
    void swap();
    void members();
    void mounts();
    void size();
    void fixed();

    std::vector<Refusal> found;

  private:
    void add(RefusalKind kind, std::string reason, std::string remedy) {
        found.push_back({kind, std::move(reason), std::move(remedy)});
    }
    bool holds(const fs::path& path) const;
    bool is_own_backing_file(const fs::path& path) const;
    void holder(const Volume& volume, const Holder& holder);

    const Machine* machine_;
    const Disk* disk_;
    const Purpose* purpose_;
};

std::string shown(const fs::path& path) {
    return clean_text(path.string());
}

bool below(const fs::path& path, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

void Examination::medium() {
    if (disk_->whole.size_bytes == 0) {
        add(RefusalKind::no_medium, "has no card in it", "put one in, then run the same command again");
    }
    if (disk_->read_only) {
        add(RefusalKind::read_only, "is read-only",
            "look at the switch on the card's side; what is read-only by itself cannot be written");
    }
}

/// Mount points that a running machine cannot do without.
void Examination::system_folders() {
    for (const auto* volume : disk_->volumes()) {
        for (const auto& mount : volume->mounts) {
            if (mount == "/") {
                add(RefusalKind::holds_root,
                    fmt::format("holds the running system (/ on {})", shown(volume->path)),
                    std::string(another_device));
            } else if (below(mount, "/boot")) {
                add(RefusalKind::holds_boot,
                    fmt::format("holds what this machine boots from ({} on {})", shown(mount),
                                shown(volume->path)),
                    std::string(another_device));
            }
        }
    }
    // A root that lies on the disk by a file system or stack that mountinfo does not number.
    if (std::ranges::find(found, RefusalKind::holds_root, &Refusal::kind) == found.end() && holds("/")) {
        add(RefusalKind::holds_root, "holds the running system (/ lies on it)", std::string(another_device));
    }
}

bool Examination::holds(const fs::path& path) const {
    const auto numbers = devices_of_path(machine_->roots, machine_->mounts, path);
    return std::ranges::any_of(disk_->volumes(),
                               [&](const Volume* v) { return numbers.contains(v->number); });
}

/// A loop device made of the very file: writing it would change what is read.
bool Examination::is_own_backing_file(const fs::path& path) const {
    std::error_code ignored;
    return !disk_->backing_file.empty() && fs::equivalent(disk_->backing_file, path, ignored);
}

void Examination::files() {
    if (!purpose_->work.empty() && holds(purpose_->work)) {
        add(RefusalKind::holds_work, fmt::format("holds the work folder {}", shown(purpose_->work)),
            std::string(another_device));
    }
    if (!purpose_->image.empty() && (holds(purpose_->image) || is_own_backing_file(purpose_->image))) {
        add(RefusalKind::holds_image, fmt::format("holds {} itself", shown(purpose_->image)),
            "copy the file to another disk first");
    }
}

void Examination::swap() {
    for (const auto* volume : disk_->volumes()) {
        if (!volume->swap) continue;
        add(RefusalKind::swap, fmt::format("is used as swap space ({})", shown(volume->path)),
            fmt::format("sudo swapoff {}", shell_quote(volume->path.string())));
    }
}

void Examination::holder(const Volume& volume, const Holder& holder) {
    const auto path = shown(volume.path);
    switch (holder.kind) {
        case Holder::Kind::md:
            return add(RefusalKind::md, fmt::format("is a member of the RAID {} ({})", holder.name, path),
                       fmt::format("if the array is not needed: sudo mdadm --stop /dev/{}", holder.name));
        case Holder::Kind::lvm:
            return add(RefusalKind::lvm,
                       fmt::format("is a physical volume of LVM ({}, used by {})", path, holder.name),
                       "if the volume group is not needed: sudo vgchange --activate n");
        case Holder::Kind::device_mapper:
            return add(RefusalKind::device_mapper,
                       fmt::format("is in use by the mapping {} ({})", holder.name, path),
                       fmt::format("if the mapping is not needed: sudo dmsetup remove {}",
                                   shell_quote(holder.name)));
        case Holder::Kind::other:
            return add(RefusalKind::in_use, fmt::format("is in use by {} ({})", holder.name, path),
                       "take it out of use first");
    }
}

/// Arrays and pools that run, and signatures of such that do not: their other members still count on this
/// one.
void Examination::members() {
    for (const auto* volume : disk_->volumes()) {
        for (const auto& one : volume->holders)
            holder(*volume, one);
        if (!volume->holders.empty() || !is_member(volume->type)) continue;
        const auto kind = volume->type.starts_with("LVM") ? RefusalKind::lvm
                          : volume->type == "zfs_member"  ? RefusalKind::zfs
                                                          : RefusalKind::md;
        const std::string_view what = kind == RefusalKind::lvm   ? "a physical volume of LVM"
                                      : kind == RefusalKind::zfs ? "a member of a ZFS pool"
                                                                 : "a member of a RAID";
        add(kind, fmt::format("is {} ({}: {})", what, shown(volume->path), volume->type),
            fmt::format("if it is not needed: sudo wipefs --all {}", shell_quote(volume->path.string())));
    }
}

void Examination::mounts() {
    for (const auto* volume : disk_->volumes()) {
        if (volume->mounts.empty()) continue;
        std::vector<std::string> points;
        for (const auto& mount : volume->mounts)
            points.push_back(shown(mount));
        add(RefusalKind::mounted,
            fmt::format("is mounted ({} on {})", shown(volume->path), join(points, ", ")),
            purpose_->again.empty()
                ? fmt::format("sudo umount {}", shell_quote(volume->mounts.back().string()))
                : purpose_->again + " --unmount");
    }
}

void Examination::size() {
    if (!purpose_->image_bytes || disk_->whole.size_bytes == 0) return;
    if (disk_->whole.size_bytes >= *purpose_->image_bytes) return;
    add(RefusalKind::too_small,
        fmt::format("is too small: it has {} bytes ({}), the image {} ({})", disk_->whole.size_bytes,
                    format_size(disk_->whole.size_bytes), *purpose_->image_bytes,
                    format_size(*purpose_->image_bytes)),
        std::string(another_device));
}

/// A loop device is no card: nobody sees which file is behind it.
void Examination::fixed() {
    if (disk_->removable || disk_->bus == Bus::usb || disk_->bus == Bus::mmc) return;
    add(RefusalKind::fixed,
        fmt::format("is a fixed disk ({}), neither removable nor USB nor an SD card", to_string(disk_->bus)),
        purpose_->again.empty() ? "if it is the right one: --allow-fixed"
                                : fmt::format("if it is the right one: {} --allow-fixed", purpose_->again));
}

}  // namespace

std::string_view to_string(RefusalKind kind) {
    static constexpr std::array<std::string_view, 19> names{
        "missing",    "not-block",   "partition", "no-medium", "read-only", "holds-root", "holds-boot",
        "holds-work", "holds-image", "swap",      "md",        "lvm",       "zfs",        "device-mapper",
        "in-use",     "changed",     "mounted",   "too-small", "fixed"};
    static_assert(names.size() == static_cast<std::size_t>(RefusalKind::fixed) + 1);
    return names.at(static_cast<std::size_t>(kind));
}

std::vector<Refusal> refusals(const Machine& machine, const Disk& disk, const Purpose& purpose) {
    Examination examination(machine, disk, purpose);
    examination.medium();
    examination.system_folders();
    examination.files();
    examination.swap();
    examination.members();
    if (!purpose.unmount) examination.mounts();
    examination.size();
    if (!purpose.allow_fixed) examination.fixed();
    std::ranges::stable_sort(examination.found, {}, &Refusal::kind);
    return std::move(examination.found);
}

std::vector<Refusal> reading_refusals(const Machine& machine, const Disk& disk, const fs::path& output) {
    const Purpose purpose{.image = output};
    Examination examination(machine, disk, purpose);
    if (disk.whole.size_bytes == 0) examination.medium();
    examination.files();
    examination.mounts();
    std::ranges::stable_sort(examination.found, {}, &Refusal::kind);
    return std::move(examination.found);
}

Error refusal_error(std::string_view name, const std::vector<Refusal>& refusals) {
    Error error;
    if (refusals.empty()) return error;
    const auto cleaned = clean_text(name);
    error.message = fmt::format("{} {}", cleaned, refusals.front().reason);
    error.hint = refusals.front().remedy;
    for (std::size_t i = 1; i < refusals.size(); ++i)
        error.causes.push_back(fmt::format("it also {}", refusals[i].reason));
    return error;
}

}  // namespace rpikit::device
