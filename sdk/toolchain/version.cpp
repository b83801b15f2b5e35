#include "sdk/toolchain/version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sdk/support/text.hpp"

namespace rpikit::toolchain {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "2.40-2ubuntu1" gives 2.40; a single number is no version.
std::optional<Version> leading_version(std::string_view word) {
    Version version;
    const auto end = std::min(word.find_first_not_of("0123456789."), word.size());
    for (const auto part : split(word.substr(0, end), '.')) {
        const auto number = parse_number(part);
        constexpr std::uint64_t sane = 100'000'000;  // dates as in "2.40.20230115" are parts too
        if (!number || *number >= sane) break;
        version.parts.push_back(static_cast<unsigned>(*number));
    }
    if (version.parts.size() < 2) return std::nullopt;
    return version;
}

std::optional<Version> first_version(std::string_view text) {
    for (const auto word : split(text, ' ')) {
        if (word.empty() || !is_digit(word.front())) continue;
        if (auto version = leading_version(word)) return version;
    }
    return std::nullopt;
}

std::string without_parentheses(std::string_view text) {
    std::string rest;
    int depth = 0;
    for (const char c : text) {
        if (c == '(') ++depth;
        if (depth == 0) rest += c;
        if (c == ')' && depth > 0) --depth;
    }
    return rest;
}

}  // namespace

std::string Version::text() const {
    return fmt::format("{}", fmt::join(parts, "."));
}

std::weak_ordering operator<=>(const Version& a, const Version& b) {
    for (std::size_t i = 0; i < std::max(a.parts.size(), b.parts.size()); ++i) {
        const unsigned left = i < a.parts.size() ? a.parts[i] : 0;
        const unsigned right = i < b.parts.size() ? b.parts[i] : 0;
        if (left != right) return left <=> right;
    }
    return std::weak_ordering::equivalent;
}

std::optional<Version> parse_version(std::string_view output) {
    const auto line = output.substr(0, output.find('\n'));
    if (auto version = first_version(without_parentheses(line))) return version;
    return first_version(line);
}

}  // namespace rpikit::toolchain
