#include "sdk/image/unicode.hpp"

#include <array>
#include <cstdint>

namespace rpikit::image {

namespace {

struct Decoded {
    char32_t code = 0;
    std::size_t length = 0;  ///< bytes; 0: not well-formed
};

Decoded decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    if (byte(0) < 0x80) return {.code = byte(0), .length = 1};
    const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
    if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) return {};
    char32_t code = byte(0) & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3f);
    }
    constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    if (code < smallest.at(length) || code > 0x10ffff || surrogate) return {};
    return {.code = code, .length = length};
}

void append_utf8(std::string& text, char32_t code) {
    const auto put = [&](char32_t value) { text += static_cast<char>(static_cast<std::uint8_t>(value)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | code >> 6);
        put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    }
}

}  // namespace

std::optional<std::u16string> utf16(std::string_view utf8) {
    std::u16string text;
    while (!utf8.empty()) {
        const auto [code, length] = decode(utf8);
        if (length == 0) return std::nullopt;
        if (code < 0x10000) {
            text += static_cast<char16_t>(code);
        } else {
            text += static_cast<char16_t>(0xd800 + ((code - 0x10000) >> 10));
            text += static_cast<char16_t>(0xdc00 + ((code - 0x10000) & 0x3ff));
        }
        utf8.remove_prefix(length);
    }
    return text;
}

std::string utf8(std::u16string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t code = text[i];
        const bool high = code >= 0xd800 && code < 0xdc00;
        if (high && i + 1 < text.size() && text[i + 1] >= 0xdc00 && text[i + 1] < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (text[++i] - 0xdc00U);
        } else if (code >= 0xd800 && code < 0xe000) {
            code = 0xfffd;
        }
        append_utf8(result, code);
    }
    return result;
}

}  // namespace rpikit::image
