#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::boot {

/// The root node's `compatible` of a flattened device tree (Devicetree Specification, chapter 5). The whole
/// blob is checked first: magic, sizes, every offset.
Result<std::vector<std::string>> read_compatible(std::string_view blob);

/// The root node's `model`, "" when it has none.
Result<std::string> read_model(std::string_view blob);

/// Only the check, for overlays, which have no root of their own.
Result<> check_device_tree(std::string_view blob);

/// Whether overlays can be applied to it: it was built with dtc -@.
bool has_symbols(std::string_view blob);

/// The names that overlay_map.dtb knows: its nodes, one an overlay that goes by another file on some machine.
Result<std::vector<std::string>> mapped_overlays(std::string_view blob);

}  // namespace rpikit::boot
