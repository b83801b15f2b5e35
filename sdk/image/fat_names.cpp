#include "sdk/image/fat_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "sdk/image/fat_format.hpp"
#include "sdk/image/unicode.hpp"

namespace rpikit::image {

namespace {

constexpr std::size_t longest_name = 255;  ///< UTF-16 units (fatgen103, section 7)

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
char to_upper(char c) {
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Characters of a short name (fatgen103, section 6.1); letters of either case, bytes above 127 not, since
/// what they mean depends on a code page.
bool is_short_character(char c) {
    constexpr std::string_view special = "$%'-_@~`!(){}^#&";
    return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || special.find(c) != std::string_view::npos;
}

/// Base and extension at the last point.
std::pair<std::string_view, std::string_view> split_name(std::string_view name) {
    const auto point = name.rfind('.');
    if (point == std::string_view::npos || point == 0) return {name, {}};
    return {name.substr(0, point), name.substr(point + 1)};
}

std::array<char, 11> pack_short(std::string_view base, std::string_view extension) {
    std::array<char, 11> packed;
    packed.fill(' ');
    for (std::size_t i = 0; i < std::min<std::size_t>(base.size(), 8); ++i)
        packed[i] = to_upper(base[i]);
    for (std::size_t i = 0; i < std::min<std::size_t>(extension.size(), 3); ++i)
        packed[8 + i] = to_upper(extension[i]);
    return packed;
}

/// The flag to set when a part of a name is all lower case; nothing when cases are mixed.
std::optional<std::uint8_t> case_flag(std::string_view part, std::uint8_t flag) {
    const bool lower = std::ranges::any_of(part, is_lower);
    if (lower && std::ranges::any_of(part, is_upper)) return std::nullopt;
    return lower ? flag : std::uint8_t{0};
}

/// The name without a long form, when 8.3 and the case flags can say it.
std::optional<FatName> plain_name(std::string_view name) {
    const auto [base, extension] = split_name(name);
    if (base.empty() || base.size() > 8 || extension.size() > 3 || name.ends_with('.')) return std::nullopt;
    if (!std::ranges::all_of(base, is_short_character)) return std::nullopt;
    if (!std::ranges::all_of(extension, is_short_character)) return std::nullopt;
    const auto base_flag = case_flag(base, fat_lower_base);
    const auto extension_flag = case_flag(extension, fat_lower_extension);
    if (!base_flag || !extension_flag) return std::nullopt;
    return FatName{.short_name = pack_short(base, extension),
                   .case_flags = static_cast<std::uint8_t>(*base_flag | *extension_flag),
                   .long_name = {}};
}

/// What of a part can be in a short name; the rest becomes '_', spaces and points vanish.
std::string basis(std::string_view part, std::size_t length) {
    std::string result;
    for (const char c : part) {
        if (result.size() == length) break;
        const bool continuation = (static_cast<std::uint8_t>(c) & 0xc0) == 0x80;
        if (c == ' ' || c == '.' || continuation) continue;
        result += is_short_character(c) ? to_upper(c) : '_';
    }
    return result;
}

using ShortNames = std::set<std::array<char, 11>>;

/// The numeric-tail generation of fatgen103, section 7.3. `next` remembers the number by basis, so that a
/// folder of many alike names is not searched from 1 each time.
std::array<char, 11> numbered_name(std::string_view name, ShortNames& taken,
                                   std::map<std::string, unsigned>& next) {
    const auto [name_base, name_extension] = split_name(name);
    const std::string extension = basis(name_extension, 3);
    const std::string base = basis(name_base, 6);
    unsigned& number = next[base + '.' + extension];
    while (true) {
        const std::string tail = fmt::format("~{}", ++number);
        const auto candidate = pack_short(base.substr(0, 8 - tail.size()) + tail, extension);
        if (taken.insert(candidate).second) return candidate;
    }
}

char16_t fold(char16_t c) {
    const auto in = [&](char16_t first, char16_t last) { return c >= first && c <= last; };
    if (in(u'a', u'z')) return static_cast<char16_t>(c - 0x20);
    if (in(0xe0, 0xfe) && c != 0xf7) return static_cast<char16_t>(c - 0x20);     // Latin-1
    if (in(0x3b1, 0x3c9) && c != 0x3c2) return static_cast<char16_t>(c - 0x20);  // Greek
    if (in(0x430, 0x44f)) return static_cast<char16_t>(c - 0x20);                // Cyrillic
    if (in(0x450, 0x45f)) return static_cast<char16_t>(c - 0x50);
    return c;
}

}  // namespace

std::uint32_t FatName::slots() const {
    return 1 + static_cast<std::uint32_t>((long_name.size() + fat_long_characters - 1) / fat_long_characters);
}

Result<> check_fat_name(std::string_view name) {
    const auto refuse = [&](std::string why) {
        return fail(
            {.message = fmt::format("'{}' cannot be a name on FAT", name), .causes = {std::move(why)}});
    };
    const auto is_forbidden = [](char c) {
        const auto byte = static_cast<std::uint8_t>(c);
        return byte < 0x20 || std::string_view("\"*/:<>?\\|").find(c) != std::string_view::npos;
    };
    const auto forbidden = std::ranges::find_if(name, is_forbidden);
    if (forbidden != name.end()) {
        const auto code = static_cast<std::uint8_t>(*forbidden);
        return refuse(code < 0x20 ? fmt::format("the character 0x{:02x} is not allowed there", code)
                                  : fmt::format("the character '{}' is not allowed there", *forbidden));
    }
    if (name.empty() || name.ends_with('.') || name.ends_with(' ')) {
        return refuse("a point or blank at the end of a name is lost there");
    }
    const auto units = utf16(name);
    if (!units) return refuse("it is not valid UTF-8");
    if (units->size() > longest_name) {
        return refuse(fmt::format("it has {} characters, {} are allowed", units->size(), longest_name));
    }
    return {};
}

std::u16string fold_fat_name(std::string_view name) {
    std::u16string folded = utf16(name).value_or(u"");
    std::ranges::transform(folded, folded.begin(), fold);
    return folded;
}

std::vector<FatName> make_fat_names(const std::vector<std::string_view>& names) {
    std::vector<std::optional<FatName>> plain;
    ShortNames taken;
    for (const auto name : names) {
        plain.push_back(plain_name(name));
        if (plain.back()) taken.insert(plain.back()->short_name);
    }
    std::vector<FatName> result;
    std::map<std::string, unsigned> next;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (plain[i]) {
            result.push_back(std::move(*plain[i]));
            continue;
        }
        result.push_back({.short_name = numbered_name(names[i], taken, next),
                          .case_flags = 0,
                          .long_name = utf16(names[i]).value_or(u"")});
    }
    return result;
}

}  // namespace rpikit::image
