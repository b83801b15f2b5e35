#include "sdk/cli/usb_disk.hpp"

#include <fmt/format.h>

#include "flasher/usb/boot_boards.hpp"
#include "flasher/usb/disk.hpp"
#include "flasher/usb/libusb_bus.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

constexpr std::string_view prefix = "usb:";
/// A board's own system starts behind its boot loader before there is a disk.
constexpr std::chrono::seconds disk_patience(60);

Result<> boot_gadget(const Context& context, const std::string& port, const std::filesystem::path& gadget) {
    if (gadget.empty()) {
        return fail({.message = fmt::format("there is no disk at the USB port {} yet", port),
                     .causes = {"the board there must boot as a mass-storage device first"},
                     .hint = fmt::format("name the folder that makes it one: --gadget DIR usb:{}", port),
                     .kind = ErrorKind::usage});
    }
    TRY_ASSIGN(const auto folder, usb::ServedFolder::open(gadget, false));
    TRY(usb::read_second_stage(folder, ""));
    usb::BootOptions options{.selection = {.port = port}};
    options.note = [&](std::string_view at, std::string_view line) {
        context.host.note(at.empty() ? std::string(line) : fmt::format("{}: {}", at, line));
    };
    const auto bus = usb::make_libusb_bus();
    TRY_ASSIGN(auto reports, usb::boot_boards(*bus, folder, options, context.host.stop));
    for (auto& report : reports) {
        if (report.failure) return fail(*std::move(report.failure));
    }
    return {};
}

}  // namespace

bool is_usb_disk(std::string_view device) {
    return device.starts_with(prefix);
}

Result<std::filesystem::path> usb_disk(const Context& context, const std::string& device,
                                       const std::filesystem::path& gadget) {
    const auto port = device.substr(prefix.size());
    // It becomes part of a path in sysfs.
    if (port.empty() || port.find_first_not_of("0123456789-.") != std::string::npos || !port.contains('-')) {
        return fail({.message = fmt::format("'{}' names no USB port", printable(device)),
                     .hint = "rpi-kit usb list",
                     .kind = ErrorKind::usage});
    }
    if (usb::disks_at(port).empty()) TRY(boot_gadget(context, port, gadget));
    context.host.note(fmt::format("waiting for the disk at the USB port {}", port));
    return usb::wait_for_disk(port, disk_patience, context.host.stop);
}

}  // namespace rpikit::cli
