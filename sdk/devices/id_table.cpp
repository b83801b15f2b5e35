#include "sdk/devices/id_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "sdk/devices/c_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::devices {

namespace {

constexpr std::uint32_t any_id = 0xffffffff;
constexpr std::size_t longest_declaration = 160;  // between a table's name and its "{"

using Fields = std::map<std::string_view, std::uint32_t>;

/// The fields of one entry, "{ .vendor = 1, 2 }"; none when one that counts is no number.
/// \param order the structure's fields  \param wanted how many of them, from the first, must be numbers
std::optional<Fields> read_fields(std::string_view entry, std::span<const std::string_view> order) {
    Fields fields;
    std::size_t next = 0;
    for (auto part : arguments(entry)) {
        if (part.starts_with('.')) {
            const auto equals = part.find('=');
            const auto name = trim(part.substr(1, equals - 1));
            const auto found = std::ranges::find(order, name);
            next = static_cast<std::size_t>(found - order.begin());
            if (equals == std::string_view::npos || found == order.end()) {
                next = order.size();
                continue;
            }
            part = part.substr(equals + 1);
        }
        if (next >= order.size()) continue;
        const auto value = constant_value(part);
        if (!value) return std::nullopt;
        fields[order[next++]] = static_cast<std::uint32_t>(*value);
    }
    return fields;
}

// The fields of include/linux/mod_devicetable.h, in its order, up to the last that a modalias has.
constexpr auto pci_fields =
    std::to_array<std::string_view>({"vendor", "device", "subvendor", "subdevice", "class", "class_mask"});
constexpr auto usb_fields =
    std::to_array<std::string_view>({"match_flags", "idVendor", "idProduct", "bcdDevice_lo", "bcdDevice_hi",
                                     "bDeviceClass", "bDeviceSubClass", "bDeviceProtocol", "bInterfaceClass",
                                     "bInterfaceSubClass", "bInterfaceProtocol", "bInterfaceNumber"});
constexpr auto sdio_fields = std::to_array<std::string_view>({"class", "vendor", "device"});
constexpr auto mdio_fields = std::to_array<std::string_view>({"phy_id", "phy_id_mask"});
constexpr auto virtio_fields = std::to_array<std::string_view>({"device", "vendor"});

/// "v00001AF4", or "v*".
std::string part(std::string_view prefix, std::optional<std::uint32_t> value, int digits) {
    return value ? fmt::format("{}{:0{}X}", prefix, *value, digits) : fmt::format("{}*", prefix);
}

// The forms are those of scripts/mod/file2alias.c.

std::string pci_key(Fields fields) {
    const auto id = [&](std::string_view name) -> std::optional<std::uint32_t> {
        return fields[name] == any_id ? std::nullopt : std::optional(fields[name]);
    };
    const auto of_class = [&](int shift) -> std::optional<std::uint32_t> {
        if ((fields["class_mask"] >> shift & 0xff) != 0xff) return std::nullopt;
        return fields["class"] >> shift & 0xff;
    };
    return part("v", id("vendor"), 8) + part("d", id("device"), 8) + part("sv", id("subvendor"), 8) +
           part("sd", id("subdevice"), 8) + part("bc", of_class(16), 2) + part("sc", of_class(8), 2) +
           part("i", of_class(0), 2);
}

std::string usb_key(Fields fields) {
    // USB_DEVICE_ID_MATCH_VENDOR and the other flags.
    const auto if_flag = [&](unsigned flag, std::string_view name) -> std::optional<std::uint32_t> {
        return (fields["match_flags"] & flag) != 0 ? std::optional(fields[name]) : std::nullopt;
    };
    return part("v", if_flag(1, "idVendor"), 4) + part("p", if_flag(2, "idProduct"), 4) + "d*" +
           part("dc", if_flag(0x10, "bDeviceClass"), 2) + part("dsc", if_flag(0x20, "bDeviceSubClass"), 2) +
           part("dp", if_flag(0x40, "bDeviceProtocol"), 2) + part("ic", if_flag(0x80, "bInterfaceClass"), 2) +
           part("isc", if_flag(0x100, "bInterfaceSubClass"), 2) +
           part("ip", if_flag(0x200, "bInterfaceProtocol"), 2) +
           part("in", if_flag(0x400, "bInterfaceNumber"), 2);
}

std::string mdio_key(Fields fields) {
    std::string key;
    for (int bit = 31; bit >= 0; --bit) {
        const bool counts = (fields["phy_id_mask"] >> bit & 1) != 0;
        key += !counts ? '?' : (fields["phy_id"] >> bit & 1) != 0 ? '1' : '0';
    }
    return key;
}

std::string two_ids(Fields fields, std::string_view first, std::string_view second, int digits) {
    const auto id = [&](std::string_view name) -> std::optional<std::uint32_t> {
        // SDIO_ANY_ID is a signed -1 of whatever width.
        const bool any = fields[name] == any_id || !fields.contains(name);
        return any ? std::nullopt : std::optional(fields[name]);
    };
    return part(first.substr(0, 1), id(first), digits) + part(second.substr(0, 1), id(second), digits);
}

std::string sdio_key(Fields fields) {
    const bool any = !fields.contains("class") || (fields["class"] & 0xff) == 0xff;
    return part("c", any ? std::nullopt : std::optional(fields["class"]), 2) +
           two_ids(std::move(fields), "vendor", "device", 4);
}

std::optional<std::string> numeric_key(Bus bus, std::string_view entry) {
    std::optional<Fields> fields;
    const auto read = [&](std::span<const std::string_view> order, std::size_t least) {
        fields = read_fields(entry, order);
        // The entry of zeros at the end is none.
        return fields && fields->size() >= least &&
               std::ranges::any_of(*fields, [](const auto& each) { return each.second != 0; });
    };
    switch (bus) {
        case Bus::pci:
            if (read(pci_fields, 2)) return pci_key(*fields);
            break;
        case Bus::usb:
            if (read(usb_fields, 1)) return usb_key(*fields);
            break;
        case Bus::sdio:
            if (read(sdio_fields, 1)) return sdio_key(*fields);
            break;
        case Bus::mdio:
            if (read(mdio_fields, 2)) return mdio_key(*fields);
            break;
        case Bus::virtio:
            if (read(virtio_fields, 1)) return two_ids(*fields, "device", "vendor", 8);
            break;
        default:
            break;
    }
    return std::nullopt;
}

bool named(Bus bus) {
    return bus == Bus::acpi || bus == Bus::i2c || bus == Bus::platform || bus == Bus::spi;
}

}  // namespace

std::optional<Bus> bus_of(std::string_view type) {
    constexpr auto buses = std::to_array({Bus::of, Bus::acpi, Bus::i2c, Bus::mdio, Bus::pci, Bus::platform,
                                          Bus::sdio, Bus::spi, Bus::usb, Bus::virtio});
    for (const auto bus : buses)
        if (to_string(bus) == type) return bus;
    // Names of Plug and Play are ACPI's, and so are the modaliases of such devices.
    return type == "pnp" ? std::optional(Bus::acpi) : std::nullopt;
}

std::vector<IdTable> find_tables(std::string_view text) {
    constexpr std::string_view mark = "_device_id";
    std::vector<IdTable> tables;
    for (auto at = find_fast(text, mark, 0); at != std::string_view::npos;
         at = find_fast(text, mark, at + 1)) {
        const auto type = identifier_before(text, at);
        const auto behind = at + mark.size();
        if (type.empty() || behind >= text.size() || is_word(text[behind])) continue;
        auto name = identifier_at(text, skip_blanks(text, behind));
        // "struct mdio_device_id __maybe_unused NAME[]"
        if (name.starts_with("__"))
            name =
                identifier_at(text, skip_blanks(text, static_cast<std::size_t>(name.end() - text.begin())));
        if (name.empty()) continue;
        auto open = static_cast<std::size_t>(name.data() + name.size() - text.data());
        if (skip_blanks(text, open) >= text.size() || text[skip_blanks(text, open)] != '[') continue;
        const auto declaration = text.substr(open, longest_declaration);
        const auto stop = declaration.find_first_of("{;");
        if (stop == std::string_view::npos || declaration[stop] == ';') continue;
        open += stop;
        const auto end = closing(text, open);
        if (!end) continue;
        // The beginning of the line; 0 on the first one, as npos + 1 is.
        const auto line = text.rfind('\n', at) + 1;
        const auto before = text.substr(line, at - line);
        tables.push_back({.type = type,
                          .name = name,
                          .body = text.substr(open + 1, *end - open - 1),
                          .offset = open + 1,
                          .is_static = has_word(before, "static")});
        at = *end;
    }
    return tables;
}

std::vector<std::string> table_keys(Bus bus, std::string_view body, const MacroText& macros) {
    std::vector<std::string> keys;
    const auto expanded = macros.expand(without_comments(body));
    for (const auto entry : arguments(expanded)) {
        if (!entry.starts_with('{')) continue;
        const auto inside = entry.substr(1, entry.size() - 2);
        if (!named(bus)) {
            auto key = numeric_key(bus, inside);
            // A driver for everything (vfio-pci, pci-stub) is none for this device.
            if (key && key->find_first_of("0123456789") != std::string::npos) keys.push_back(*std::move(key));
        } else if (const auto name = first_literal(inside); name && !name->empty()) {
            keys.emplace_back(*name);
        }
    }
    return keys;
}

}  // namespace rpikit::devices
