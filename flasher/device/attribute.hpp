#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rpikit::device {

/// What a device says about itself, fit for a terminal: one line of at most 128 printable characters. Bytes
/// that are control characters or no UTF-8 become '?', blanks at both ends are cut.
std::string clean_text(std::string_view text);

/// An attribute in sysfs as clean text; empty when missing or unreadable.
std::string attribute(const std::filesystem::path& file);

/// An attribute that is a whole number, or `otherwise`.
std::uint64_t number_attribute(const std::filesystem::path& file, std::uint64_t otherwise = 0);

/// "8:1" as mountinfo and sysfs write it.
std::optional<dev_t> parse_number(std::string_view text);

/// The path of a device in `dev`: the kernel writes '!' in a name for the '/' of "cciss/c0d0".
std::filesystem::path node_path(const std::filesystem::path& dev, std::string_view name);

}  // namespace rpikit::device
