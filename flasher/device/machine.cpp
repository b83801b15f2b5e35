#include "flasher/device/machine.hpp"

#include <sys/sysmacros.h>

#include <algorithm>
#include <limits>

#include "flasher/device/attribute.hpp"
#include "flasher/device/content.hpp"
#include "flasher/device/identity.hpp"
#include "flasher/device/stack.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::device {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t sysfs_sector = 512;  // `size` counts these, whatever the disk's own sector is

std::vector<Holder> read_holders(const fs::path& folder) {
    std::vector<Holder> holders;
    std::error_code error;
    for (fs::directory_iterator entry(folder / "holders", error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        Holder holder{.name = clean_text(entry->path().filename().string())};
        std::error_code ignored;
        if (fs::is_directory(entry->path() / "md", ignored)) {
            holder.kind = Holder::Kind::md;
        } else if (fs::is_directory(entry->path() / "dm", ignored)) {
            const auto lvm = attribute(entry->path() / "dm" / "uuid").starts_with("LVM-");
            holder.kind = lvm ? Holder::Kind::lvm : Holder::Kind::device_mapper;
            // What its owner calls it; the kernel's own name is a number.
            if (auto name = attribute(entry->path() / "dm" / "name"); !name.empty())
                holder.name = std::move(name);
        }
        holders.push_back(std::move(holder));
    }
    std::ranges::sort(holders, {}, &Holder::name);
    return holders;
}

/// Nothing when the folder is no block device's.
std::optional<Volume> read_volume(const Roots& roots, const fs::path& folder) {
    const auto number = parse_number(attribute(folder / "dev"));
    if (!number) return std::nullopt;
    const auto name = folder.filename().string();
    const auto sectors = number_attribute(folder / "size");
    Volume volume{.name = clean_text(name),
                  .path = node_path(roots.dev, name),
                  .number = *number,
                  .size_bytes = std::min(sectors, std::numeric_limits<std::uint64_t>::max() / sysfs_sector) *
                                sysfs_sector,
                  .holders = read_holders(folder)};
    if (volume.size_bytes != 0) {
        auto content = read_content(roots, volume);
        volume.type = std::move(content.type);
        volume.label = std::move(content.label);
        volume.partition_name = std::move(content.partition_name);
    }
    return volume;
}

std::vector<Volume> read_partitions(const Roots& roots, const fs::path& folder) {
    std::vector<std::pair<std::uint64_t, Volume>> numbered;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        std::error_code ignored;
        if (!fs::exists(entry->path() / "partition", ignored)) continue;
        if (auto volume = read_volume(roots, entry->path())) {
            numbered.emplace_back(number_attribute(entry->path() / "partition"), std::move(*volume));
        }
    }
    std::ranges::sort(numbered, {}, [](const auto& one) { return std::pair(one.first, one.second.name); });
    std::vector<Volume> partitions;
    for (auto& [number, volume] : numbered)
        partitions.push_back(std::move(volume));
    return partitions;
}

bool is_empty_virtual(const Disk& disk) {
    return (disk.bus == Bus::loop || disk.bus == Bus::virtual_device) && disk.whole.size_bytes == 0;
}

Result<std::vector<Disk>> read_disks(const Roots& roots) {
    std::vector<Disk> disks;
    const auto list = roots.sys / "block";
    std::error_code error;
    for (fs::directory_iterator entry(list, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        std::error_code gone;
        const auto folder = fs::canonical(entry->path(), gone);
        if (gone) continue;
        auto whole = read_volume(roots, folder);
        if (!whole) continue;
        Disk disk{.whole = std::move(*whole), .partitions = read_partitions(roots, folder)};
        read_identity(folder, disk);
        if (!is_empty_virtual(disk)) disks.push_back(std::move(disk));
    }
    if (error) return fail(host::file_error("cannot list the block devices in", list, error.value()));
    std::ranges::sort(disks, [](const Disk& a, const Disk& b) {
        const auto key = [](const Disk& d) { return std::pair(d.whole.name.size(), d.whole.name); };
        return a.bus == b.bus ? key(a) < key(b) : a.bus < b.bus;
    });
    return disks;
}

void for_each_volume(std::vector<Disk>& disks, const auto& use) {
    for (auto& disk : disks) {
        use(disk.whole);
        for (auto& partition : disk.partitions)
            use(partition);
    }
}

/// Of a stack's devices those which a file system on its top keeps in use; a partition's disk is no more in
/// use than its partition says.
void mark(std::vector<Disk>& disks, const Roots& roots, dev_t top, const auto& use) {
    auto below = stack_below(roots, top);
    const Numbers all = below;
    for (const auto& disk : disks) {
        const bool by_partition =
            std::ranges::any_of(disk.partitions, [&](const Volume& v) { return all.contains(v.number); });
        if (by_partition && disk.whole.number != top) below.erase(disk.whole.number);
    }
    for_each_volume(disks, [&](Volume& volume) {
        if (below.contains(volume.number)) use(volume);
    });
}

/// The devices of every mounted btrfs, which mountinfo names one of at most.
void mark_btrfs(std::vector<Disk>& disks, const Roots& roots) {
    std::error_code error;
    const auto list = roots.sys / "fs" / "btrfs";
    for (fs::directory_iterator one(list, error); !error && one != fs::directory_iterator();
         one.increment(error)) {
        std::error_code none;
        for (fs::directory_iterator entry(one->path() / "devices", none);
             !none && entry != fs::directory_iterator(); entry.increment(none)) {
            const auto name = entry->path().filename().string();
            const auto number = number_of_node(roots, "/dev/" + name);
            if (number == 0) continue;
            mark(disks, roots, number, [](Volume& volume) {
                if (volume.mounts.empty()) volume.holders.push_back({.name = "a mounted btrfs"});
            });
        }
    }
}

/// 0: no device, such as of a tmpfs.
dev_t mount_device(const Roots& roots, const Mount& mount) {
    if (major(mount.number) != 0) return mount.number;
    return mount.source.starts_with('/') ? number_of_node(roots, mount.source) : 0;
}

void mark_uses(const Roots& roots, const std::vector<fs::path>& swaps, Machine& machine) {
    for (const auto& mount : machine.mounts) {
        const auto number = mount_device(roots, mount);
        if (number == 0) continue;
        mark(machine.disks, roots, number, [&](Volume& volume) { volume.mounts.push_back(mount.where); });
    }
    for (const auto& swap : swaps) {
        const auto number = number_of_node(roots, swap);
        if (number != 0) mark(machine.disks, roots, number, [](Volume& volume) { volume.swap = true; });
    }
    mark_btrfs(machine.disks, roots);
}

}  // namespace

const Disk* Machine::find(dev_t whole) const {
    const auto found =
        std::ranges::find_if(disks, [&](const Disk& disk) { return disk.whole.number == whole; });
    return found == disks.end() ? nullptr : &*found;
}

const Disk* Machine::disk_of(dev_t volume) const {
    const auto found = std::ranges::find_if(disks, [&](const Disk& disk) {
        return std::ranges::any_of(disk.volumes(), [&](const Volume* v) { return v->number == volume; });
    });
    return found == disks.end() ? nullptr : &*found;
}

bool lies_on(const Machine& machine, const Mount& mount, const Disk& disk) {
    const auto number = mount_device(machine.roots, mount);
    if (number == 0) return false;
    const auto below = stack_below(machine.roots, number);
    return std::ranges::any_of(disk.volumes(), [&](const Volume* v) { return below.contains(v->number); });
}

Result<Machine> survey(const Roots& roots) {
    // The uses are read last: what is mounted meanwhile is seen.
    TRY_ASSIGN(auto disks, read_disks(roots));
    TRY_ASSIGN(auto mounts, read_mounts(roots));
    TRY_ASSIGN(const auto swaps, read_swaps(roots));
    Machine machine{.roots = roots, .mounts = std::move(mounts), .disks = std::move(disks)};
    mark_uses(roots, swaps, machine);
    return machine;
}

}  // namespace rpikit::device
