#pragma once

#include <string_view>

namespace rpikit::devices {

/// Whether a text fits a pattern of '*' (any text) and '?' (any character).
bool fits(std::string_view pattern, std::string_view text);

}  // namespace rpikit::devices
