#pragma once

#include <string_view>
#include <vector>

#include "sdk/devices/match.hpp"

namespace rpikit::devices {

/// Where the headers of #include "x.h" and <linux/x.h> come from.
class Headers;

/// The ids that a C file mentions, in the order of their places. Nothing is compiled: what macros beyond the
/// usual tables make up is not seen.
/// \param headers of the tree, for the numbers in tables of PCI, USB and their kin
/// \param folder of the file, from the tree's top
std::vector<Mention> scan_source(std::string_view text, std::string_view folder, const Headers& headers);

}  // namespace rpikit::devices
