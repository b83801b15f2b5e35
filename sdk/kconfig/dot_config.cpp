#include "sdk/kconfig/dot_config.hpp"

#include <algorithm>
#include <optional>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kconfig {

namespace {

constexpr std::string_view prefix = "CONFIG_";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Whether the value is one string: its closing quote is the last character.
bool is_quoted(std::string_view value) {
    if (value.size() < 2 || value.front() != '"') return false;
    std::size_t at = 1;
    while (at < value.size() && value[at] != '"')
        at += value[at] == '\\' ? 2 : 1;
    return at + 1 == value.size();
}

bool is_number(std::string_view value) {
    const std::string_view hex = value.starts_with("0x") || value.starts_with("0X") ? value.substr(2) : value;
    if (!hex.empty() && std::ranges::all_of(hex, is_hex_digit)) return true;
    return value.size() > 1 && value.front() == '-' && std::ranges::all_of(value.substr(1), is_digit);
}

bool is_value(std::string_view value) {
    return value == "y" || value == "m" || value == "n" || is_number(value) || is_quoted(value);
}

/// "# CONFIG_X is not set" gives X.
std::optional<std::string_view> unset_symbol(std::string_view line) {
    constexpr std::string_view start = "# CONFIG_";
    constexpr std::string_view end = " is not set";
    if (!line.starts_with(start) || !line.ends_with(end) || line.size() <= start.size() + end.size()) {
        return std::nullopt;
    }
    const auto name = line.substr(start.size(), line.size() - start.size() - end.size());
    return valid_symbol(name) ? std::optional(name) : std::nullopt;
}

Result<Assignment> parse_assignment(std::string_view line, Location where) {
    const auto equal = line.find('=');
    const std::string_view name = line.substr(0, equal);
    if (equal == std::string_view::npos || !name.starts_with(prefix) ||
        !valid_symbol(name.substr(prefix.size()))) {
        return fail({.message = "not a line of a kernel configuration: " + std::string(line.substr(0, 80)),
                     .where = std::move(where),
                     .hint = "write CONFIG_NAME=value or # CONFIG_NAME is not set"});
    }
    const std::string_view value = line.substr(equal + 1);
    if (!is_value(value)) {
        return fail({.message = std::string(name) + " has the malformed value " +
                                (value.empty() ? "\"\"" : std::string(value.substr(0, 80))),
                     .where = std::move(where),
                     .hint = "a value is y, m, n, a number, or a string in double quotes"});
    }
    return Assignment{std::string(name.substr(prefix.size())), std::string(value), std::move(where)};
}

/// A hexadecimal number in its shortest lower-case form; anything else unchanged.
std::string canonical(std::string_view value) {
    if (!value.starts_with("0x") && !value.starts_with("0X")) return unquote(value);
    const auto digits = value.substr(2);
    const auto first = std::min(digits.find_first_not_of('0'), digits.size());
    std::string text = "0x";
    for (const char c : digits.substr(first)) {
        text += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    }
    return text;
}

}  // namespace

bool valid_symbol(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

std::string to_line(const Assignment& assignment) {
    const std::string name = std::string(prefix) + assignment.symbol;
    return assignment.value == "n" ? "# " + name + " is not set" : name + "=" + assignment.value;
}

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::string unquote(std::string_view value) {
    if (!is_quoted(value)) return std::string(value);
    std::string text;
    for (std::size_t at = 1; at + 1 < value.size(); ++at) {
        if (value[at] == '\\') ++at;
        text += value[at];
    }
    return text;
}

bool same_value(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto is_unset = [](std::string_view value) { return value == "n" || value == "\"\""; };
    if (is_unset(a) || is_unset(b)) return is_unset(a) && is_unset(b);
    return a.starts_with('"') == b.starts_with('"') && canonical(a) == canonical(b);
}

Result<std::vector<Assignment>> DotConfig::parse(std::string_view text, const std::filesystem::path& file) {
    std::vector<Assignment> assignments;
    int number = 0;
    for (const auto raw : lines(text)) {
        ++number;
        const auto line = trim(raw);
        if (line.empty()) continue;
        if (line.front() != '#') {
            TRY_ASSIGN(auto assignment, parse_assignment(line, {.file = file, .line = number}));
            assignments.push_back(std::move(assignment));
        } else if (const auto name = unset_symbol(line)) {
            assignments.push_back({std::string(*name), "n", {.file = file, .line = number}});
        }
    }
    return assignments;
}

Result<DotConfig> DotConfig::read(const std::filesystem::path& file) {
    TRY_ASSIGN(const auto text, host::read_file(file));
    TRY_ASSIGN(auto assignments, parse(text, file));
    DotConfig config;
    for (auto& assignment : assignments)
        config.set(assignment.symbol, std::move(assignment.value));
    return config;
}

const std::string& DotConfig::value(const std::string& symbol) const {
    static const std::string unset = "n";
    const auto found = values_.find(symbol);
    return found == values_.end() ? unset : found->second;
}

std::size_t DotConfig::enabled() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        values_, [](const auto& row) { return row.second == "y" || row.second == "m"; }));
}

}  // namespace rpikit::kconfig
