#include "sdk/support/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "sdk/support/printable.hpp"

namespace rpikit {

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    while (true) {
        const auto end = text.find(separator, start);
        parts.push_back(text.substr(start, end - start));
        if (end == std::string_view::npos) return parts;
        start = end + 1;
    }
}

std::vector<std::string_view> lines(std::string_view text) {
    if (text.empty()) return {};
    if (text.back() == '\n') text.remove_suffix(1);
    auto parts = split(text, '\n');
    for (auto& part : parts) {
        if (part.ends_with('\r')) part.remove_suffix(1);
    }
    return parts;
}

std::string last_lines(std::string_view text, std::size_t count) {
    const auto all = lines(text);
    std::string tail;
    for (std::size_t i = all.size() - std::min(count, all.size()); i < all.size(); ++i) {
        tail += all[i];
        tail += '\n';
    }
    return tail;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

namespace {

/// Optimal string alignment: insertion, deletion, substitution and the exchange of two neighbours count one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);  // the row above `above`
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        before = std::exchange(above, row);
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substitution = above[j] + (a[i] == b[j] ? 0 : 1);
            row[j + 1] = std::min({above[j + 1] + 1, row[j] + 1, substitution});
            if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) {
                row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
            }
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string> near_match(std::string_view name, std::span<const std::string> candidates) {
    // A third of the length: one slip in a short word, two or three in a long one.
    std::size_t best = std::max<std::size_t>(1, name.size() / 3) + 1;
    std::optional<std::string> found;
    for (const auto& candidate : candidates) {
        const auto distance = edit_distance(name, candidate);
        if (distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

std::string shell_quote(std::string_view argument) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    if (!argument.empty() && argument.find_first_not_of(plain) == std::string_view::npos) {
        return std::string(argument);
    }
    std::string quoted = "'";
    for (const char c : argument) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

std::string shell_quote(std::span<const std::string> arguments) {
    std::string command;
    for (const auto& argument : arguments) {
        if (!command.empty()) command += ' ';
        command += shell_quote(argument);
    }
    return command;
}

namespace {

/// \param kept control characters that stay
std::string without_controls(std::string_view text, std::string_view kept) {
    // U+0080 to U+009F, which some terminals obey, are 0xc2 and a byte of 0x80 to 0x9f in UTF-8.
    constexpr unsigned char c1_lead = 0xc2;
    std::string shown;
    unsigned char before = 0;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        const bool c1 = before == c1_lead && byte >= 0x80 && byte < 0xa0;
        if (c1) shown.pop_back();
        if (c1 || ((byte < ' ' || byte == 0x7f) && !kept.contains(character))) {
            shown += fmt::format("\\x{:02x}", byte);
        } else {
            shown += character;
        }
        before = byte;
    }
    return shown;
}

}  // namespace

std::string printable(std::string_view text) {
    return without_controls(text, "");
}

std::string printable_lines(std::string_view text) {
    return without_controls(text, "\n\t");
}

std::string format_size(std::uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double value = static_cast<double>(bytes);
    const char* unit = "B";
    for (const char* next : {"KiB", "MiB", "GiB", "TiB"}) {
        if (value < 1024) break;
        value /= 1024;
        unit = next;
    }
    return fmt::format("{:.1f} {}", value, unit);
}

std::string format_duration(double seconds) {
    if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

Result<std::uint64_t> parse_size(std::string_view text) {
    const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
    const auto suffix = text.substr(digits.size());
    const auto number = parse_number(digits);
    constexpr std::string_view units = "KMGT";
    const auto unit = suffix.empty() ? std::string_view::npos : units.find(suffix.front());
    if (!number || suffix.size() > 1 || (!suffix.empty() && unit == std::string_view::npos)) {
        return fail({.message = fmt::format("'{}' is not a size", text),
                     .hint = "write a number of bytes, or one with K, M, G or T: 256M"});
    }
    const unsigned shift = suffix.empty() ? 0U : 10U * (static_cast<unsigned>(unit) + 1U);
    if (*number > std::numeric_limits<std::uint64_t>::max() >> shift) {
        return fail({.message = fmt::format("the size '{}' is too large", text)});
    }
    return *number << shift;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

}  // namespace rpikit
