#pragma once

#include <string>
#include <string_view>

namespace rpikit::boot {

/// Whether the firmware knows the filter between "[" and "]": a machine, "all", "none", "EDID=...",
/// "gpio4=1".
bool is_known_filter(std::string_view filter);

/// What to say about a filter it does not know.
std::string filter_hint(std::string_view filter);

}  // namespace rpikit::boot
