#include "sdk/devices/c_text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace rpikit::devices {

namespace {

/// Behind the string or character literal that begins at `at`.
std::size_t behind_literal(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (++at; at < text.size() && text[at] != quote && text[at] != '\n'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
}

/// Behind the comment that begins at `at`; `at` when none does.
std::size_t behind_comment(std::string_view text, std::size_t at) {
    const auto end_of = [&](std::string_view mark, std::size_t more) {
        const auto end = text.find(mark, at + 2);
        return end == std::string_view::npos ? text.size() : end + more;
    };
    if (text.substr(at, 2) == "/*") return end_of("*/", 2);
    if (text.substr(at, 2) == "//") return end_of("\n", 0);
    return at;
}

/// Behind a literal or comment at `at`, else `at`.
std::size_t behind_opaque(std::string_view text, std::size_t at) {
    const char c = text[at];
    if (c == '"' || c == '\'') return behind_literal(text, at);
    return c == '/' ? behind_comment(text, at) : at;
}

}  // namespace

bool is_word(char c) {
    static constexpr auto table = [] {
        std::array<bool, 256> result{};
        for (int i = 0; i < 256; ++i) {
            result.at(static_cast<std::size_t>(i)) =
                (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z') || (i >= '0' && i <= '9') || i == '_';
        }
        return result;
    }();
    return table[static_cast<unsigned char>(c)];
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

std::string_view identifier_at(std::string_view text, std::size_t at) {
    auto end = at;
    while (end < text.size() && is_word(text[end]))
        ++end;
    return at < text.size() ? text.substr(at, end - at) : std::string_view();
}

std::string_view identifier_before(std::string_view text, std::size_t at) {
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t' || text[at - 1] == '\n'))
        --at;
    auto begin = at;
    while (begin > 0 && is_word(text[begin - 1]))
        --begin;
    return text.substr(begin, at - begin);
}

std::optional<std::string_view> literal_at(std::string_view text, std::size_t at) {
    if (at >= text.size() || text[at] != '"') return std::nullopt;
    const auto end = text.find_first_of("\"\n", at + 1);
    if (end == std::string_view::npos || text[end] != '"') return std::nullopt;
    return text.substr(at + 1, end - at - 1);
}

std::optional<std::string_view> first_literal(std::string_view text) {
    const auto at = text.find('"');
    return at == std::string_view::npos ? std::nullopt : literal_at(text, at);
}

std::optional<std::size_t> closing(std::string_view text, std::size_t open) {
    int depth = 0;
    for (auto at = open; at < text.size();) {
        if (const auto next = behind_opaque(text, at); next != at) {
            at = next;
            continue;
        }
        const char c = text[at];
        if (c == '(' || c == '{' || c == '[') ++depth;
        if ((c == ')' || c == '}' || c == ']') && --depth <= 0) return at;
        ++at;
    }
    return std::nullopt;
}

bool has_word(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const auto end = at + name.size();
        if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
    }
    return false;
}

std::vector<std::string_view> arguments(std::string_view text) {
    std::vector<std::string_view> found;
    int depth = 0;
    std::size_t begin = 0;
    const auto take = [&](std::size_t end) {
        const auto from = skip_blanks(text, begin);
        const auto last = text.find_last_not_of(" \t\r\n", end == 0 ? 0 : end - 1);
        found.push_back(from < end && last != std::string_view::npos ? text.substr(from, last + 1 - from)
                                                                     : std::string_view());
        begin = end + 1;
    };
    for (std::size_t at = 0; at < text.size();) {
        if (const auto next = behind_opaque(text, at); next != at) {
            at = next;
            continue;
        }
        const char c = text[at];
        if (c == '(' || c == '{' || c == '[') ++depth;
        if (c == ')' || c == '}' || c == ']') --depth;
        if (c == ',' && depth == 0) take(at);
        ++at;
    }
    take(text.size());
    if (found.back().empty()) found.pop_back();
    return found;
}

std::string without_comments(std::string_view text) {
    std::string result(text);
    for (std::size_t at = 0; at < text.size();) {
        const auto next = behind_opaque(text, at);
        if (next != at && text[at] == '/') {
            for (auto i = at; i < next; ++i)
                if (result[i] != '\n') result[i] = ' ';
        }
        at = std::max(next, at + 1);
    }
    return result;
}

std::size_t find_fast(std::string_view text, std::string_view what, std::size_t from) {
    if (from >= text.size()) return std::string_view::npos;
    const void* found = memmem(text.data() + from, text.size() - from, what.data(), what.size());
    return found == nullptr ? std::string_view::npos
                            : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace rpikit::devices
