#include "sdk/board/emulator_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "sdk/support/text.hpp"

namespace rpikit::board {

namespace {

using Complaint = std::optional<std::string>;

/// A '*' at a name's end stands for anything.
bool listed(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::any_of(names, [&](std::string_view known) {
        if (!known.ends_with('*')) return name == known;
        return name.starts_with(known.substr(0, known.size() - 1));
    });
}

/// No '/', so that no value is a path that leads out of the folder QEMU runs in, and nothing QEMU has a
/// meaning for besides ',' and '='.
bool plain(std::string_view text) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:=+_-";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

std::string_view key_of(std::string_view property) {
    return property.substr(0, property.find('='));
}

constexpr auto machine_properties = std::to_array<std::string_view>(
    {"acpi", "aia", "gic-version", "graphics", "highmem", "hpet", "iommu", "its", "mte", "ras", "secure",
     "smm", "usb", "virtualization", "vmport"});

/// Hardware that QEMU emulates by itself. Not here: what reads a file (loader), shows the host's files
/// (usb-mtp, virtio-9p) or hands over its devices (vfio, usb-host).
constexpr auto devices = std::to_array<std::string_view>({"AC97",
                                                          "VGA",
                                                          "at24c-eeprom",
                                                          "bochs-display",
                                                          "ds1338",
                                                          "e1000",
                                                          "e1000e",
                                                          "edu",
                                                          "hda-duplex",
                                                          "hda-output",
                                                          "i6300esb",
                                                          "ich9-intel-hda",
                                                          "intel-hda",
                                                          "nec-usb-xhci",
                                                          "pci-bridge",
                                                          "pcie-root-port",
                                                          "qemu-xhci",
                                                          "ramfb",
                                                          "rtl8139",
                                                          "tmp105",
                                                          "usb-ehci",
                                                          "usb-hub",
                                                          "usb-kbd",
                                                          "usb-mouse",
                                                          "usb-net",
                                                          "usb-tablet",
                                                          "virtio-balloon-*",
                                                          "virtio-gpu-device",
                                                          "virtio-gpu-pci",
                                                          "virtio-keyboard-*",
                                                          "virtio-mouse-*",
                                                          "virtio-net-*",
                                                          "virtio-rng-*",
                                                          "virtio-tablet-*"});

Complaint properties_complaint(std::span<const std::string_view> properties) {
    for (const auto property : properties) {
        if (!listed(key_of(property), machine_properties))
            return fmt::format("the machine's property '{}' is none of {}", key_of(property),
                               fmt::join(machine_properties, ", "));
    }
    return std::nullopt;
}

Complaint device_complaint(std::string_view text) {
    const auto parts = split(text, ',');
    if (!listed(parts.front(), devices))
        return fmt::format("the device '{}' is none of {}", parts.front(), fmt::join(devices, ", "));
    for (const auto part : std::span(parts).subspan(1)) {
        // An image of firmware that a device brings; and what would make it another device.
        if (key_of(part) == "romfile" || key_of(part) == "driver")
            return fmt::format("the property '{}' could read a file of this machine", key_of(part));
    }
    return std::nullopt;
}

/// "driver.property=value" for a driver that a board may name, too.
Complaint global_complaint(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot > text.find('=') || text.contains(','))
        return "'-global' is followed by DRIVER.PROPERTY=VALUE";
    if (key_of(text.substr(dot + 1)) == "romfile") return "'romfile' reads a file of this machine";
    return std::nullopt;
}

Complaint machine_option_complaint(std::string_view text) {
    return properties_complaint(split(text, ','));
}

/// QEMU's own network, without the programs and folders that it could be given.
Complaint network_complaint(std::string_view text) {
    const auto parts = split(text, ',');
    const bool known = parts.front() == "user" || parts.front() == "none";
    const bool simple = std::ranges::all_of(std::span(parts).subspan(1), [](std::string_view part) {
        return key_of(part) == "id" || key_of(part) == "model" || key_of(part) == "mac";
    });
    if (known && simple) return std::nullopt;
    return "a network is 'none', or 'user' with id, model and mac alone";
}

Complaint random_complaint(std::string_view text) {
    const auto parts = split(text, ',');
    if (parts.size() == 2 && parts[0] == "rng-builtin" && key_of(parts[1]) == "id") return std::nullopt;
    return "the only object is rng-builtin,id=NAME";
}

/// Items of the log, which goes to QEMU's error output.
Complaint log_complaint(std::string_view text) {
    for (const auto item : split(text, ','))
        if (item != "guest_errors" && item != "unimp") return "only guest_errors and unimp are logged";
    return std::nullopt;
}

Complaint anything(std::string_view) {
    return std::nullopt;
}

struct Option {
    std::string_view name;
    Complaint (*check)(std::string_view value);
};
constexpr auto options = std::to_array<Option>({{"-cpu", anything},
                                                {"-d", log_complaint},
                                                {"-device", device_complaint},
                                                {"-global", global_complaint},
                                                {"-m", anything},
                                                {"-machine", machine_option_complaint},
                                                {"-netdev", network_complaint},
                                                {"-nic", network_complaint},
                                                {"-object", random_complaint},
                                                {"-smp", anything}});

Complaint value_complaint(const Option& option, std::string_view value) {
    if (!plain(value)) return fmt::format("'{}' is no value for '{}'", printable(value), option.name);
    return option.check(value);
}

std::string unknown_option(std::string_view name) {
    std::vector<std::string> names;
    for (const auto& option : options)
        names.emplace_back(option.name);
    return fmt::format(
        "'{}' is none of the options that a board may give QEMU: {}, each followed by its value",
        printable(name), join(names, ", "));
}

}  // namespace

std::optional<std::string> machine_complaint(std::string_view machine) {
    const auto parts = split(machine, ',');
    if (!plain(machine) || parts.front().empty() || parts.front().contains('=') ||
        parts.front().starts_with('-'))
        return fmt::format("'{}' is no name of a machine", printable(machine));
    return properties_complaint(std::span(parts).subspan(1));
}

std::vector<RefusedArgument> refused_arguments(const std::vector<std::string>& arguments) {
    std::vector<RefusedArgument> refused;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto* option = std::ranges::find(options, arguments[i], &Option::name);
        if (option == options.end()) {
            refused.push_back({.index = i, .why = unknown_option(arguments[i])});
            // Its value is no mistake of its own.
            if (i + 1 < arguments.size() && !arguments[i + 1].starts_with('-')) ++i;
        } else if (i + 1 == arguments.size()) {
            refused.push_back({.index = i, .why = fmt::format("'{}' lacks its value", option->name)});
        } else if (const auto bad = value_complaint(*option, arguments[++i])) {
            refused.push_back({.index = i, .why = *bad});
        }
    }
    return refused;
}

}  // namespace rpikit::board
