#include "sdk/devices/derivation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "sdk/devices/pattern.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::devices {

namespace {

/// What a source drives, roughly: "drivers/clk". A node has one driver of each, and may have several of
/// these.
std::string subsystem(const std::string& source) {
    const auto first = source.find('/');
    return source.substr(0, source.find('/', first + 1));
}

/// Drivers that are likelier first: those that somebody builds, not from staging, the better evidence.
bool likelier(const Driver& a, const Driver& b) {
    const auto rank = [](const Driver& driver) {
        return std::tuple(driver.ways.empty(), driver.source.starts_with("drivers/staging/"),
                          -static_cast<int>(driver.evidence));
    };
    return rank(a) < rank(b);
}

/// One need for each subsystem, in the order of their likeliest drivers.
std::vector<Need> group(const std::string& id, std::vector<Driver> drivers) {
    std::ranges::stable_sort(drivers, likelier);
    std::vector<Need> needs;
    std::map<std::string, std::size_t> known;
    for (auto& driver : drivers) {
        const auto [at, is_new] = known.emplace(subsystem(driver.source), needs.size());
        if (is_new) needs.push_back({.id = id, .drivers = {}});
        needs[at->second].drivers.push_back(std::move(driver));
    }
    return needs;
}

bool chosen(const std::vector<std::string>& patterns, const Node& node) {
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        return fits(pattern, node.path) ||
               std::ranges::any_of(node.compatible, [&](const auto& each) { return fits(pattern, each); });
    });
}

/// "da9063" of "dlg,da9063": what I2C and SPI drivers go by in their own tables (of_modalias_node()).
std::string_view without_vendor(std::string_view compatible) {
    return compatible.substr(compatible.find(',') + 1);
}

/// The whole text as one hexadecimal number.
std::optional<std::uint32_t> hexadecimal(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The identifier of "ethernet-phy-id0141.0e90" (Documentation/devicetree/bindings/net/ethernet-phy.yaml).
std::optional<std::uint32_t> phy_id(std::string_view compatible) {
    constexpr std::string_view mark = "ethernet-phy-id";
    constexpr std::size_t digits = 4;
    if (!compatible.starts_with(mark)) return std::nullopt;
    const auto text = compatible.substr(mark.size());
    const auto read = [&](std::size_t at) {
        const auto part = text.substr(std::min(at, text.size()), digits);
        return part.size() == digits ? hexadecimal(part) : std::nullopt;
    };
    const auto high = read(0);
    const auto low = read(digits + 1);
    if (!high || !low) return std::nullopt;
    return *high << 16 | *low;
}

/// Whether they lie in different folders: what many ask for ("syscon") tells of none of them.
bool scattered(const std::vector<Driver>& drivers) {
    const auto folder = [](const Driver& driver) {
        return driver.source.substr(0, driver.source.rfind('/'));
    };
    return std::ranges::any_of(drivers,
                               [&](const Driver& each) { return folder(each) != folder(drivers.front()); });
}

/// The modalias of a device that is named by its numbers: "usb424,9514", "pci14e4,43ec" (bindings/usb/
/// usb-device.yaml, IEEE 1275 PCI bus binding). Classes are not told; no table has these.
std::optional<std::string> modalias_of(std::string_view compatible) {
    const auto bus = compatible.substr(0, 3);
    const auto comma = compatible.find(',');
    if ((bus != "usb" && bus != "pci") || comma == std::string_view::npos) return std::nullopt;
    const auto vendor = hexadecimal(compatible.substr(3, comma - 3));
    const auto device = hexadecimal(compatible.substr(comma + 1));
    if (!vendor || !device || *vendor > 0xffff || *device > 0xffff) return std::nullopt;
    if (bus == "pci")
        return fmt::format("pci:v{:08X}d{:08X}sv00000000sd00000000bcFEscFEiFE", *vendor, *device);
    return fmt::format("usb:v{:04X}p{:04X}d0000dcFEdscFEdpFEicFEiscFEipFEinFE", *vendor, *device);
}

class Resolver {
  public:
    Resolver(const Index& index, const std::vector<Rule>& rules, const NodeChoices& choices)
        : index_(index), rules_(rules), choices_(choices) {}

    std::optional<DerivedNode> row(const Node& node) {
        DerivedNode row{
            .path = node.path, .compatible = node.compatible, .reason = {}, .needs = {}, .wishes = {}};
        if (chosen(choices_.leave_out, node)) {
            row.outcome = Outcome::left_out;
            row.reason = "the board file leaves it out";
            return row;
        }
        if (chosen(choices_.as_module, node)) row.value = "m";
        row.needs = find(node);
        take_rules(node, row);
        if (node.compatible.empty() && row.outcome == Outcome::no_driver) return std::nullopt;
        if (row.outcome == Outcome::no_driver) row.reason = "no driver in this tree";
        return row;
    }

  private:
    void take_rules(const Node& node, DerivedNode& row) const {
        for (const auto& rule : rules_) {
            if (!rule.applies_to(node)) continue;
            if (!rule.symbols.empty())
                row.wishes.push_back({.symbols = rule.symbols, .reason = rule.reason, .where = rule.where});
            if (!rule.leave_out || row.outcome == Outcome::left_out) continue;
            row.outcome = Outcome::left_out;
            row.reason = rule.reason;
            row.rule = rule.where;
        }
        if (row.outcome == Outcome::left_out) std::erase_if(row.needs, is_mentioned);
        if (row.needs.empty() && row.wishes.empty()) return;
        row.outcome = Outcome::driven;
        row.reason.clear();
        row.rule = {};
    }

    /// Somebody looks for the node, and nobody binds to it.
    static bool is_mentioned(const Need& need) {
        return std::ranges::all_of(
            need.drivers, [](const Driver& driver) { return driver.evidence < Evidence::declaration; });
    }

    std::vector<Driver> allowed(std::vector<Driver> drivers, const Node& node) const {
        std::erase_if(drivers, [&](const Driver& driver) {
            return std::ranges::any_of(
                rules_, [&](const Rule& rule) { return rule.excludes(driver) && rule.applies_to(node); });
        });
        return drivers;
    }

    /// A driver that binds comes before code that looks for a node, even one for a less exact compatible.
    std::vector<Need> find(const Node& node) const {
        for (const auto least : {Evidence::declaration, Evidence::lookup, Evidence::check}) {
            for (const auto& name : node.compatible) {
                auto drivers = allowed(index_.find(Bus::of, name), node);
                std::erase_if(drivers, [&](const Driver& driver) { return driver.evidence < least; });
                if (drivers.empty() || (least == Evidence::check && scattered(drivers))) continue;
                return group(name, std::move(drivers));
            }
            // What weaker evidence there is counts less than a table of the bus that the node is on.
            if (least == Evidence::declaration)
                if (auto needs = find_on_bus(node); !needs.empty()) return needs;
        }
        return {};
    }

    std::vector<Need> find_on_bus(const Node& node) const {
        const auto bus = std::string_view(node.parent).substr(node.parent.rfind('/') + 1);
        for (const auto& name : node.compatible) {
            if (const auto id = phy_id(name)) {
                auto drivers = allowed(index_.find_phy(*id), node);
                if (!drivers.empty()) return group(name, std::move(drivers));
            }
            if (const auto modalias = modalias_of(name)) {
                auto drivers = allowed(index_.find_modalias(*modalias), node);
                if (!drivers.empty()) return group(name, std::move(drivers));
            }
            for (const auto each : {Bus::i2c, Bus::spi}) {
                if (!bus.starts_with(to_string(each))) continue;
                auto drivers = allowed(index_.find(each, without_vendor(name)), node);
                if (!drivers.empty()) return group(name, std::move(drivers));
            }
        }
        return {};
    }

    const Index& index_;
    const std::vector<Rule>& rules_;
    const NodeChoices& choices_;
};

/// What rules say of the root, for machines of which the kernel has no device tree (QEMU makes that of
/// `virt`): its platform's symbols, if it has any. \returns whether one says something
bool take_platform_rules(const std::vector<Rule>& rules, const DeviceTree& tree, Derivation& derivation) {
    Node root{.path = "/", .parent = {}, .compatible = tree.compatible, .device_type = {}, .properties = {}};
    bool found = false;
    for (const auto& rule : rules) {
        if (rule.compatible.empty() || !rule.applies_to(root)) continue;
        found = found || rule.leave_out || !rule.symbols.empty();
        std::ranges::copy(rule.symbols, std::back_inserter(derivation.platforms));
    }
    if (found) derivation.platform_of = tree.compatible.front();
    return found;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::driven:
            return "driven";
        case Outcome::no_driver:
            return "no-driver";
        default:
            return "left-out";
    }
}

Result<Derivation> derive(const Index& index, const DeviceTree& tree, const std::vector<Rule>& rules,
                          const std::string& arch, const NodeChoices& choices) {
    TRY(check_arch(tree, arch));
    Derivation result{.nodes = {}, .platforms = {}, .platform_of = {}, .warnings = {}};
    for (const auto& name : tree.compatible) {
        result.platforms = index.platform(name);
        result.platform_of = name;
        if (!result.platforms.empty()) break;
    }
    const bool is_ruled = result.platforms.empty() && take_platform_rules(rules, tree, result);
    if (result.platforms.empty() && !is_ruled && arch != "x86") {
        result.platform_of.clear();
        result.warnings.push_back(
            fmt::format("this kernel has no device tree for any of {}: its platform's symbol is not known, "
                        "and drivers that "
                        "depend on it cannot be asked for",
                        join(tree.compatible, ", ")));
    }
    Resolver resolver(index, rules, choices);
    for (const auto& node : tree.nodes)
        if (auto row = resolver.row(node)) result.nodes.push_back(*std::move(row));
    return result;
}

Derivation derive_modaliases(const Index& index, const std::vector<std::string>& modaliases,
                             const std::vector<Rule>& rules) {
    Derivation result{.nodes = {}, .platforms = {}, .platform_of = {}, .warnings = {}};
    std::set<std::string> each_once;
    for (const auto& line : modaliases)
        if (const auto text = trim(line); !text.empty()) each_once.insert(printable(text));
    for (const auto& modalias : each_once) {
        DerivedNode row{.path = modalias, .compatible = {}, .reason = {}, .needs = {}, .wishes = {}};
        auto drivers = index.find_modalias(modalias);
        std::erase_if(drivers, [&](const Driver& driver) {
            return driver.evidence < Evidence::declaration ||
                   std::ranges::any_of(
                       rules,
                       [&](const Rule& rule) {
                           return rule.excludes(driver) && rule.applies_to({.path = modalias,
                                                                            .parent = {},
                                                                            .compatible = {modalias},
                                                                            .device_type = {},
                                                                            .properties = {}});
                       });
        });
        row.needs = group(modalias, std::move(drivers));
        row.outcome = row.needs.empty() ? Outcome::no_driver : Outcome::driven;
        if (row.needs.empty()) row.reason = "no driver in this tree";
        result.nodes.push_back(std::move(row));
    }
    return result;
}

}  // namespace rpikit::devices
