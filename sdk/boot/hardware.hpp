#pragma once

#include <string_view>

#include "sdk/board/hardware.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::boot {

/// Reads a board's flattened device tree (Devicetree Specification 0.4: root node, /cpus, /memory, /chosen,
/// /aliases; disabled nodes are passed over). Nothing in it is trusted: texts are cut to plain ASCII, names
/// that lead nowhere count as absent.
/// \returns an error for what is no whole device tree, or one without a board's `compatible` (an overlay)
Result<board::Hardware> read_hardware(std::string_view blob);

}  // namespace rpikit::boot
