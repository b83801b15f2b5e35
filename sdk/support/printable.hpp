#pragma once

#include <string>
#include <string_view>

namespace rpikit {

/// `printable` (text.hpp) for a text of several lines: line ends and tabs stay.
std::string printable_lines(std::string_view text);

}  // namespace rpikit
