#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit {

/// Without leading and trailing blanks, tabs and line ends.
std::string_view trim(std::string_view text);

/// Splits at every `separator`; "a,,b" gives three parts, "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The lines of a text without their line ends; a final newline does not add an empty line.
std::vector<std::string_view> lines(std::string_view text);

/// The last `count` lines of a text, each ended by a newline.
std::string last_lines(std::string_view text, std::size_t count);

std::string join(std::span<const std::string> parts, std::string_view separator);

/// The candidate nearest to `name` by edit distance, when it is near enough to be a typing mistake.
std::optional<std::string> near_match(std::string_view name, std::span<const std::string> candidates);

/// Quotes one argument so that it can be pasted into a POSIX shell; plain words stay as they are.
std::string shell_quote(std::string_view argument);

/// A whole command that can be pasted.
std::string shell_quote(std::span<const std::string> arguments);

/// A text from outside as a terminal may show it: control characters as \xNN.
std::string printable(std::string_view text);

/// "512 B", "1.5 KiB", "2.3 GiB".
std::string format_size(std::uint64_t bytes);

/// "0.4 s", "12 s", "3 min 07 s", "2 h 05 min".
std::string format_duration(double seconds);

/// Bytes from "512", "64K", "16M", "2G" (powers of 1024).
Result<std::uint64_t> parse_size(std::string_view text);

/// A whole non-negative decimal number, nothing before or after it.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace rpikit
