#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace {

using kconfig::Assignment;

constexpr std::string_view option = "--set ";

bool is_plain_value(std::string_view value) {
    if (value == "y" || value == "m" || value == "n") return true;
    if (value.starts_with('"') || value.starts_with("0x")) return true;
    const auto digits = value.starts_with('-') ? value.substr(1) : value;
    return parse_number(digits).has_value();
}

/// "NAME=value" of the command line. A text needs no quotes there.
Result<Assignment> parse_setting(const std::string& setting) {
    const auto malformed = [&](std::string cause) {
        return fail({.message = "malformed setting: --set " + shell_quote(setting),
                     .causes = {std::move(cause)},
                     .hint = "--set NAME=y, --set NAME=m, --set NAME=n, --set NAME=300 or --set NAME=text",
                     .kind = ErrorKind::usage});
    };
    const auto equal = setting.find('=');
    if (equal == std::string::npos) return malformed("there is no '='");
    std::string_view name = std::string_view(setting).substr(0, equal);
    if (name.starts_with("CONFIG_")) name.remove_prefix(7);
    if (!kconfig::valid_symbol(name)) return malformed("a name has letters, digits and underscores only");
    const std::string value = setting.substr(equal + 1);
    if (value.find_first_of("\n\r") != std::string::npos) return malformed("a value is one line");
    const Location where{.file = std::string(option) + setting};
    if (!is_plain_value(value)) return Assignment{std::string(name), kconfig::quote(value), where};
    // Through the parser of fragments, so that a broken string in quotes is found.
    auto parsed = kconfig::DotConfig::parse("CONFIG_" + std::string(name) + "=" + value, where.file);
    if (!parsed) return malformed(parsed.error().message);
    return Assignment{std::string(name), value, where};
}

bool same_origin(const Assignment& a, const Assignment& b) {
    return a.where.file == b.where.file;
}

bool from_command_line(const Assignment& request) {
    return request.where.file.native().starts_with(option);
}

/// Keeps only the last assignment of each symbol, at its place.
std::vector<Assignment> last_of_each(std::vector<Assignment> all) {
    std::vector<Assignment> kept;
    std::set<std::string> seen;
    for (auto& each : std::views::reverse(all)) {
        if (seen.insert(each.symbol).second) kept.push_back(std::move(each));
    }
    std::ranges::reverse(kept);
    return kept;
}

/// Drops what a later request for another member of the same choice overrides.
std::vector<Assignment> without_overridden(const kconfig::Tree& tree, std::vector<Assignment> requests) {
    std::map<std::string, Assignment> later;  // by the choice's first member
    std::set<std::string> dropped;
    for (const auto& each : std::views::reverse(requests)) {
        if (each.value != "y") continue;
        const auto members = tree.choice_members(each.symbol);
        if (members.empty()) continue;
        const auto [row, first] = later.try_emplace(members.front(), each);
        if (!first && !same_origin(row->second, each)) dropped.insert(each.symbol);
    }
    std::erase_if(requests, [&](const Assignment& each) {
        const auto member = tree.decided_by(each.symbol, each.value);
        return dropped.contains(each.symbol) || (member && dropped.contains(*member));
    });
    return requests;
}

}  // namespace

Result<std::vector<Assignment>> collect_requests(const ConfigurationRequest& request) {
    std::vector<Assignment> all;
    for (const auto& fragment : request.fragments) {
        TRY_ASSIGN(const std::string text, host::read_file(fragment));
        TRY_ASSIGN(auto assignments, kconfig::DotConfig::parse(text, fragment));
        std::ranges::move(assignments, std::back_inserter(all));
    }
    for (const auto& setting : request.settings) {
        TRY_ASSIGN(auto assignment, parse_setting(setting));
        all.push_back(std::move(assignment));
    }
    return last_of_each(std::move(all));
}

namespace {

/// Who asks for MODULE_SIG wants signed modules. From allnoconfig that is not so by itself, and the hash
/// would be the first of the list, SHA-1.
void add_signing(const kconfig::Tree& tree, std::vector<Assignment>& requests) {
    const auto asked = [&](std::string_view symbol) {
        return std::ranges::find_if(requests,
                                    [&](const auto& each) { return each.symbol.starts_with(symbol); });
    };
    const auto signing = std::ranges::find(requests, "MODULE_SIG", &Assignment::symbol);
    if (signing == requests.end() || signing->value != "y") return;
    const Location where = signing->where;
    for (const auto& [any, symbol] :
         {std::pair{"MODULE_SIG_ALL", "MODULE_SIG_ALL"}, {"MODULE_SIG_SHA", "MODULE_SIG_SHA512"}}) {
        if (asked(any) == requests.end() && tree.defines(symbol)) requests.push_back({symbol, "y", where});
    }
}

}  // namespace

std::vector<Assignment> settle_requests(const kconfig::Tree& tree, std::vector<Assignment> requests) {
    std::vector<Assignment> settled;
    for (auto& request : requests) {
        const bool text = from_command_line(request) && tree.is_string(request.symbol);
        if (text && !request.value.starts_with('"')) request.value = kconfig::quote(request.value);
        const auto member = tree.decided_by(request.symbol, request.value);
        if (member) settled.push_back({*member, "y", request.where});
        settled.push_back(std::move(request));
    }
    settled = last_of_each(std::move(settled));
    add_signing(tree, settled);
    return without_overridden(tree, std::move(settled));
}

std::string without_symbols(std::string_view config, const std::set<std::string, std::less<>>& symbols) {
    const auto goes = [&](std::string_view line) {
        if (line.starts_with("# CONFIG_")) line.remove_prefix(2);
        if (!line.starts_with("CONFIG_")) return false;
        line.remove_prefix(7);
        return symbols.contains(line.substr(0, line.find_first_of("= ")));
    };
    std::string kept;
    for (const auto line : lines(config)) {
        if (!goes(line)) kept.append(line).append("\n");
    }
    return kept;
}

std::string merge_requests(std::string_view config, const std::vector<Assignment>& requests) {
    std::set<std::string, std::less<>> asked;
    for (const auto& request : requests)
        asked.insert(request.symbol);
    std::string merged = without_symbols(config, asked);
    for (const auto& request : requests)
        merged += kconfig::to_line(request) + "\n";
    return merged;
}

}  // namespace rpikit::kernel
