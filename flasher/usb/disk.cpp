#include "flasher/usb/disk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "flasher/usb/errors.hpp"
#include "flasher/usb/protocol.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::usb {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds between_looks{100};

/// "1-1.2": a bus, a '-', ports; not an interface ("1-1.2:1.0") and not a SCSI target ("target3:0:0").
bool is_usb_device(std::string_view name) {
    const auto dash = name.find('-');
    if (dash == std::string_view::npos || !parse_number(name.substr(0, dash))) return false;
    return std::ranges::all_of(split(name.substr(dash + 1), '.'),
                               [](auto part) { return parse_number(part).has_value(); });
}

/// The USB device that a block device belongs to; the last one on the way, for hubs come before it.
std::string usb_device_of(const fs::path& block) {
    std::error_code failed;
    const auto real = fs::canonical(block, failed);
    std::string last;
    for (const auto& part : real) {
        if (is_usb_device(part.string())) last = part.string();
    }
    return last;
}

/// A card reader's empty slot and a gadget without a file are disks of size 0.
bool has_medium(const fs::path& block) {
    const auto size = host::read_file(block / "size", 64);
    return size && parse_number(trim(*size)).value_or(0) > 0;
}

Error several_disks(const std::string& port, const std::vector<fs::path>& disks) {
    Error error{.message = fmt::format("the board at USB port {} shows {} disks", port, disks.size()),
                .hint = fmt::format("choose one: rpi-kit flash ... {}", disks.front().string())};
    for (const auto& disk : disks)
        error.causes.push_back(disk.string());
    return error;
}

}  // namespace

std::vector<fs::path> disks_at(const std::string& port, const fs::path& sysfs) {
    std::vector<fs::path> disks;
    if (!is_usb_device(port)) return disks;
    std::error_code failed;
    for (fs::directory_iterator entry(sysfs / "block", failed), end; !failed && entry != end;
         entry.increment(failed)) {
        if (usb_device_of(entry->path()) != port || !has_medium(entry->path())) continue;
        // The kernel writes a '/' in a device's name as '!'.
        auto name = entry->path().filename().string();
        std::ranges::replace(name, '!', '/');
        disks.push_back(fs::path("/dev") / name);
    }
    std::ranges::sort(disks);
    return disks;
}

Result<fs::path> wait_for_disk(const std::string& port, std::chrono::milliseconds limit,
                               const std::stop_token& stop, const fs::path& sysfs,
                               std::chrono::milliseconds settle) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::vector<fs::path> before;
    auto since = std::chrono::steady_clock::now();
    while (true) {
        const auto now = std::chrono::steady_clock::now();
        const auto disks = disks_at(port, sysfs);
        if (disks != before) since = now;
        before = disks;
        if (!disks.empty() && now - since >= settle) {
            if (disks.size() > 1) return fail(several_disks(port, disks));
            return disks.front();
        }
        if (now >= deadline) {
            const auto waited = format_duration(std::chrono::duration<double>(limit).count());
            return fail({.message = fmt::format("no disk appeared at USB port {} within {}", port, waited),
                         .hint = "the folder that was booted must make the board a USB disk, as "
                                 "mass-storage-gadget64 of Raspberry Pi's usbboot does"});
        }
        TRY(pause(between_looks, stop));
    }
}

}  // namespace rpikit::usb
