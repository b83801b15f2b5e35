#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sdk/support/error.hpp"

namespace rpikit::kconfig {

/// A condition as it is written, and what it comes to under a configuration.
struct Condition {
    std::string expression;          ///< "NET && (IPV6 || IPV6=n)"
    Location where;                  ///< in the kernel's tree
    std::string value;               ///< y, m or n
    std::vector<std::string> unmet;  ///< its parts that are n: "HID_SUPPORT is n (drivers/hid/Kconfig:7)"
};

/// A symbol that selects or implies another one.
struct Influence {
    std::string symbol;
    std::string value;      ///< its own
    std::string condition;  ///< of the select or imply; empty: always
    Location where;
    bool active = false;  ///< whether it has an effect under the configuration
};

/// What Kconfig says of a symbol, evaluated under a configuration.
struct Description {
    std::string symbol;
    std::string type;    ///< bool, tristate, int, hex, string
    std::string prompt;  ///< empty: the user cannot set it
    std::string value;   ///< as a .config has it; n when it is not set
    std::vector<Location> defined;
    std::vector<Condition>
        depends;  ///< outermost first: menus, if blocks, "depends on", the prompt's own "if"
    std::vector<Influence> selected_by;
    std::vector<Influence> implied_by;
    std::optional<Condition> default_in_force = {};  ///< `expression`: the default's value
    std::vector<std::string> choice = {};            ///< the members of its choice
};

}  // namespace rpikit::kconfig
