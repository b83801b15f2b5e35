#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rpikit::image {

/// UTF-16 of a UTF-8 text; nothing if it is not well-formed (overlong forms and surrogates included).
std::optional<std::u16string> utf16(std::string_view utf8);

/// UTF-8 of UTF-16; what is not well-formed becomes U+FFFD.
std::string utf8(std::u16string_view text);

}  // namespace rpikit::image
