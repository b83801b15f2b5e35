#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sdk/kconfig/model.hpp"

namespace rpikit::kconfig {

/// Symbols with the values that they are to get.
using Changes = std::map<std::string, std::string>;

/// Those of `changes` that nothing else among them can bring about: symbols with a prompt whose dependencies,
/// defaults, selects and choice name no other changed symbol. When all of them hang together in a circle, the
/// first one in the order of the menus. Empty when none has a prompt.
std::vector<std::string> independent_changes(const Model& model, const Changes& changes);

}  // namespace rpikit::kconfig
