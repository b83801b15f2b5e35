#include "sdk/archive/settings_slot.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rpikit::archive {

namespace {

/// The number is made up, once for all; a search for it finds nothing else.
constexpr std::string_view first_line = "# rpi-kit settings slot 9f8be3d2a54c4d6f8b1e7a60c2f4915d\n";
/// Lines without anything in them fill the rest: what reads the file needs no case for it.
constexpr char filler = '\n';

}  // namespace

std::string empty_settings_slot() {
    std::string slot(first_line);
    slot.resize(settings_slot_size, filler);
    return slot;
}

Result<std::string> filled_settings_slot(std::string_view lines) {
    if (lines.size() > settings_slot_size - first_line.size()) {
        return fail({.message = fmt::format("the settings have {} bytes, the image has room for {}",
                                            lines.size(), settings_slot_size - first_line.size()),
                     .kind = ErrorKind::usage});
    }
    std::string slot(first_line);
    slot += lines;
    slot.resize(settings_slot_size, filler);
    return slot;
}

bool is_empty_settings_slot(std::span<const std::byte> bytes) {
    if (bytes.size() != settings_slot_size) return false;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return text.starts_with(first_line) &&
           std::ranges::all_of(text.substr(first_line.size()), [](char c) { return c == filler; });
}

}  // namespace rpikit::archive
