#include "sdk/inspect/difference.hpp"

#include <fmt/format.h>

#include <set>

#include "sdk/kconfig/dot_config.hpp"

namespace rpikit::inspect {

namespace {

/// The keys of both maps, sorted.
template <class Map>
std::set<std::string> all_keys(const Map& a, const Map& b) {
    std::set<std::string> keys;
    for (const auto& map : {&a, &b}) {
        for (const auto& [key, value] : *map)
            keys.insert(key);
    }
    return keys;
}

std::string value_or(const std::map<std::string, std::string>& map, const std::string& key,
                     const std::string& fallback) {
    const auto found = map.find(key);
    return found == map.end() ? fallback : found->second;
}

std::vector<ValueChange> compare_facts(const Subject& before, const Subject& after) {
    std::vector<ValueChange> changes;
    for (const auto& name : all_keys(before.facts, after.facts)) {
        auto a = value_or(before.facts, name, "");
        auto b = value_or(after.facts, name, "");
        if (a != b) changes.push_back({.name = name, .before = std::move(a), .after = std::move(b)});
    }
    return changes;
}

/// The symbols of both; those that were asked for when one side knows no others.
std::set<std::string> symbols_to_compare(const Subject& before, const Subject& after) {
    if (before.only_requested == after.only_requested) return all_keys(*before.symbols, *after.symbols);
    const auto& asked = before.only_requested ? *before.symbols : *after.symbols;
    return all_keys(asked, asked);
}

std::vector<ValueChange> compare_symbols(const Subject& before, const Subject& after) {
    std::vector<ValueChange> changes;
    for (const auto& name : symbols_to_compare(before, after)) {
        auto a = value_or(*before.symbols, name, "n");
        auto b = value_or(*after.symbols, name, "n");
        if (kconfig::same_value(a, b)) continue;
        changes.push_back({.name = name, .before = std::move(a), .after = std::move(b)});
    }
    return changes;
}

std::vector<FileChange> compare_files(const std::map<std::string, FileState>& before,
                                      const std::map<std::string, FileState>& after) {
    const auto state = [](const auto& map, const std::string& path) {
        const auto found = map.find(path);
        return found == map.end() ? std::nullopt : std::optional(found->second);
    };
    std::vector<FileChange> changes;
    for (const auto& path : all_keys(before, after)) {
        auto a = state(before, path);
        auto b = state(after, path);
        if (a != b) changes.push_back({.path = path, .before = std::move(a), .after = std::move(b)});
    }
    return changes;
}

}  // namespace

Result<std::map<std::string, std::string>> read_symbols(std::string_view config) {
    TRY_ASSIGN(auto assignments, kconfig::DotConfig::parse(config, {}));
    std::map<std::string, std::string> symbols;
    for (auto& assignment : assignments)
        symbols[std::move(assignment.symbol)] = std::move(assignment.value);
    return symbols;
}

Result<Difference> compare(const Subject& before, const Subject& after) {
    const bool same_kind = before.kind == after.kind;
    Difference difference{.facts = {}, .symbols = {}, .files = {}};
    difference.compared_symbols = before.symbols && after.symbols;
    difference.compared_files = same_kind && before.files && after.files;
    if (!same_kind && !difference.compared_symbols) {
        return fail(
            {.message =
                 fmt::format("a {} and a {} have nothing that can be compared", before.kind, after.kind),
             .causes = {"configurations are compared when both sides hold one, files when both are of the "
                        "same kind"}});
    }
    difference.bytes_differ = same_kind && before.digest != after.digest;
    if (same_kind) difference.facts = compare_facts(before, after);
    if (difference.compared_symbols) difference.symbols = compare_symbols(before, after);
    if (difference.compared_files) difference.files = compare_files(*before.files, *after.files);
    return difference;
}

}  // namespace rpikit::inspect
