#pragma once

#include <vector>

#include "sdk/kconfig/model.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::kconfig {

/// What is given a value in one go: a symbol, or a choice with all its members.
struct Unit {
    bool choice = false;
    std::uint32_t id = 0;  ///< SymbolId, or index in Model::choices
};

/// The order in which values can be given: a unit stands behind all that its dependencies, its prompts'
/// conditions, its defaults and what selects or implies it name.
struct Order {
    std::vector<Unit> units = {};
    std::size_t before_modules = 0;  ///< that many come first because MODULES itself hangs on them
};

/// Fails when a symbol hangs on itself (the kernel's own reader refuses such a tree); the causes name each
/// step of the circle with file and line.
Result<Order> dependency_order(const Model& model);

}  // namespace rpikit::kconfig
