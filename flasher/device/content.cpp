#include "flasher/device/content.hpp"

#include <blkid/blkid.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <charconv>
#include <memory>
#include <optional>

#include "flasher/device/attribute.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::device {

namespace {

/// udev writes what is no plain character as \xHH.
std::string decode(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char value = 0;
        if (text.substr(i).starts_with("\\x") && i + 3 < text.size()) {
            const auto* digits = text.data() + i + 2;
            const auto [end, error] = std::from_chars(digits, digits + 2, value, 16);
            if (error == std::errc() && end == digits + 2) {
                plain += static_cast<char>(value);
                i += 3;
                continue;
            }
        }
        plain += text[i];
    }
    return plain;
}

std::optional<Content> from_udev(const Roots& roots, dev_t number) {
    const auto file = roots.run / "udev" / "data" / fmt::format("b{}:{}", major(number), minor(number));
    const auto text = host::read_file(file, std::size_t{1} << 20);
    if (!text) return std::nullopt;
    Content content;
    for (const auto line : lines(*text)) {
        const auto take = [&](std::string_view name, std::string& value) {
            if (line.starts_with(name)) value = clean_text(decode(line.substr(name.size())));
        };
        take("E:ID_FS_TYPE=", content.type);
        take("E:ID_FS_LABEL_ENC=", content.label);
        take("E:ID_PART_ENTRY_NAME=", content.partition_name);
    }
    return content;
}

std::string probed(blkid_probe probe, const char* name) {
    const char* value = nullptr;
    return blkid_probe_lookup_value(probe, name, &value, nullptr) == 0 ? clean_text(value) : std::string();
}

Content from_device(const Volume& volume) {
    // Not waiting for a medium, nor for a device that hangs.
    const host::Descriptor descriptor(::open(volume.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!descriptor.valid() || ::fstat(descriptor.get(), &status) != 0 || !S_ISBLK(status.st_mode) ||
        status.st_rdev != volume.number) {
        return {};
    }
    const std::unique_ptr<struct blkid_struct_probe, decltype(&blkid_free_probe)> probe(blkid_new_probe(),
                                                                                        blkid_free_probe);
    if (!probe || blkid_probe_set_device(probe.get(), descriptor.get(), 0, 0) != 0) return {};
    blkid_probe_enable_superblocks(probe.get(), 1);
    blkid_probe_set_superblocks_flags(probe.get(), BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL);
    blkid_probe_enable_partitions(probe.get(), 1);
    blkid_probe_set_partitions_flags(probe.get(), BLKID_PARTS_ENTRY_DETAILS);
    if (blkid_do_fullprobe(probe.get()) != 0) return {};
    return {.type = probed(probe.get(), "TYPE"),
            .label = probed(probe.get(), "LABEL"),
            .partition_name = probed(probe.get(), "PART_ENTRY_NAME")};
}

}  // namespace

Content read_content(const Roots& roots, const Volume& volume) {
    if (auto known = from_udev(roots, volume.number)) return *known;
    return from_device(volume);
}

bool is_member(std::string_view type) {
    // "linux_raid_member", "isw_raid_member", "LVM1_member", "zfs_member", "ceph_bluestore", "drbd", "bcache"
    return type.ends_with("_member") || type == "bcache" || type == "drbd";
}

}  // namespace rpikit::device
