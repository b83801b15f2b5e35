#include "sdk/devices/index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "sdk/devices/id_table.hpp"
#include "sdk/devices/index_format.hpp"
#include "sdk/devices/pattern.hpp"
#include "sdk/support/hash.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::devices {

namespace {

Conditions read_conditions(std::string_view text) {
    Conditions conditions;
    for (const auto word : split(text, ' '))
        if (!word.empty()) conditions.emplace_back(word);
    return conditions;
}

Ways read_ways(std::string_view text) {
    Ways ways;
    for (const auto way : split(text, '|'))
        ways.push_back(read_conditions(way));
    return ways;
}

std::optional<Evidence> evidence_of(std::string_view name) {
    constexpr auto all =
        std::to_array({Evidence::check, Evidence::lookup, Evidence::declaration, Evidence::table});
    for (const auto each : all)
        if (to_string(each) == name) return each;
    return std::nullopt;
}

std::optional<std::size_t> take_number(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    const auto number = parse_number(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return number;
}

std::string_view take_word(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

}  // namespace

std::string index_end(std::string_view body) {
    const auto hash = quick_hash(std::as_bytes(std::span(body)));
    return fmt::format("end {:016x}{:016x}\n", hash[0], hash[1]);
}

Result<Index> Index::parse(std::string text) {
    Index index;
    index.text_ = std::make_unique<const std::string>(std::move(text));
    TRY(index.read());
    return index;
}

Result<> Index::read() {
    const std::string_view text = *text_;
    const auto broken = fail({.message = "this is no whole index of devices"});
    const auto end = text.rfind("end ");
    if (end == std::string_view::npos || text.substr(end) != index_end(text.substr(0, end))) return broken;
    auto rest = text.substr(0, end);
    if (take_word(rest, '\n') != index_header) {
        return fail({.message = "the index of devices was made by another version of rpi-kit"});
    }
    identity_ = take_word(rest, '\n');
    while (!rest.empty())
        if (!read_line(take_word(rest, '\n'))) return broken;
    // Built sorted; one that somebody else made must be, too.
    const auto key = [](const Entry& entry) { return std::tuple(entry.bus, entry.key); };
    return std::ranges::is_sorted(mentions_, {}, key) ? Result<>() : broken;
}

bool Index::read_line(std::string_view line) {
    const auto kind = take_word(line, ' ');
    if (kind == "s") {
        const auto path = take_word(line, '\t');
        sources_.push_back({.path = path, .ways = line});
        return true;
    }
    if (kind == "p" || kind == "f") {
        const auto name = take_word(line, '\t');
        (kind == "p" ? platforms_ : folders_).emplace(name, line);
        return true;
    }
    const auto bus = bus_of(take_word(line, ' '));
    const auto evidence = evidence_of(take_word(line, ' '));
    const auto source = take_number(line);
    const auto number = take_number(line);
    if (kind != "m" || !bus || !evidence || !source || *source >= sources_.size() || !number) return false;
    mentions_.push_back({.bus = *bus,
                         .key = line,
                         .evidence = *evidence,
                         .source = static_cast<std::uint32_t>(*source),
                         .line = static_cast<int>(*number)});
    return true;
}

Driver Index::driver(const Entry& entry) const {
    const auto& source = sources_[entry.source];
    Driver driver{.source = std::string(source.path),
                  .line = entry.line,
                  .bus = entry.bus,
                  .evidence = entry.evidence,
                  .id = std::string(entry.key),
                  .ways = {},
                  .folders = {}};
    if (source.ways != never_built) driver.ways = read_ways(source.ways);
    for (auto slash = source.path.find('/'); slash != std::string_view::npos;
         slash = source.path.find('/', slash + 1)) {
        const auto folder = folders_.find(source.path.substr(0, slash));
        if (folder != folders_.end()) driver.folders.push_back(read_ways(folder->second));
    }
    return driver;
}

std::vector<Driver> Index::sorted(std::vector<Driver> drivers) const {
    // Code that takes a node before there are devices leaves none for a table of the same source.
    std::set<std::string> declared;
    for (const auto& driver : drivers)
        if (driver.evidence == Evidence::declaration) declared.insert(driver.source);
    for (auto& driver : drivers)
        if (declared.contains(driver.source)) driver.evidence = Evidence::declaration;
    std::ranges::sort(drivers, [](const Driver& a, const Driver& b) {
        return std::tuple(b.evidence, std::cref(a.source).get(), a.line) <
               std::tuple(a.evidence, std::cref(b.source).get(), b.line);
    });
    // One row a source: several tables of a file may have the same id.
    const auto repeated = std::ranges::unique(drivers, {}, &Driver::source);
    drivers.erase(repeated.begin(), repeated.end());
    return drivers;
}

std::vector<Driver> Index::find(Bus bus, std::string_view id) const {
    const auto key = [](const Entry& entry) { return std::tuple(entry.bus, entry.key); };
    std::vector<Driver> found;
    for (const auto& entry : std::ranges::equal_range(mentions_, std::tuple(bus, id), {}, key))
        found.push_back(driver(entry));
    return sorted(std::move(found));
}

std::vector<Driver> Index::find_pattern(Bus bus, std::string_view id) const {
    const auto key = [](const Entry& entry) { return std::tuple(entry.bus, entry.key); };
    std::vector<Driver> found;
    // A pattern that fits is, up to its first '*', a beginning of the id.
    for (std::size_t size = 0; size <= id.size(); ++size) {
        const auto beginning = std::string(id.substr(0, size)) + '*';
        auto at = std::ranges::lower_bound(mentions_, std::tuple(bus, std::string_view(beginning)), {}, key);
        for (; at != mentions_.end() && at->bus == bus && at->key.starts_with(beginning); ++at)
            if (fits(at->key, id)) found.push_back(driver(*at));
    }
    for (auto& exact : find(bus, id))
        found.push_back(std::move(exact));
    return sorted(std::move(found));
}

std::vector<Driver> Index::find_phy(std::uint32_t id) const {
    std::string bits;
    for (int bit = 31; bit >= 0; --bit)
        bits += (id >> bit & 1) != 0 ? '1' : '0';
    std::vector<Driver> found;
    for (const auto& entry : std::ranges::equal_range(mentions_, Bus::mdio, {}, &Entry::bus))
        if (fits(entry.key, bits)) found.push_back(driver(entry));
    return sorted(std::move(found));
}

std::vector<Driver> Index::find_of_alias(std::string_view alias) const {
    // "NnameTtypeCfirstCsecond": a compatible may have a C in it, so that each piece between two is tried.
    for (auto begin = alias.find('C'); begin != std::string_view::npos; begin = alias.find('C', begin + 1)) {
        for (auto end = alias.find('C', begin + 1);; end = alias.find('C', end + 1)) {
            auto found = find(Bus::of, alias.substr(begin + 1, end - begin - 1));
            if (!found.empty()) return found;
            if (end == std::string_view::npos) break;
        }
    }
    return {};
}

std::vector<Driver> Index::find_modalias(std::string_view modalias) const {
    modalias = trim(modalias);
    constexpr std::size_t longest = 4096;  // a page, which is what /sys gives of an attribute
    if (modalias.size() > longest) return {};
    const auto type = take_word(modalias, ':');
    const auto bus = bus_of(type);
    if (!bus) return {};
    switch (*bus) {
        case Bus::of:
            return find_of_alias(modalias);
        case Bus::acpi:
            for (const auto name : split(modalias, ':'))
                if (auto found = find(*bus, name); !name.empty() && !found.empty()) return found;
            return {};
        case Bus::mdio: {
            std::vector<Driver> found;
            for (const auto& entry : std::ranges::equal_range(mentions_, *bus, {}, &Entry::bus))
                if (fits(entry.key, modalias)) found.push_back(driver(entry));
            return sorted(std::move(found));
        }
        default:
            return find_pattern(*bus, modalias);
    }
}

Conditions Index::platform(std::string_view compatible) const {
    const auto found = platforms_.find(compatible);
    return found == platforms_.end() ? Conditions() : read_conditions(found->second);
}

}  // namespace rpikit::devices
