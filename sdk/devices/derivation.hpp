#pragma once

#include <string>
#include <vector>

#include "sdk/devices/device_nodes.hpp"
#include "sdk/devices/index.hpp"
#include "sdk/devices/rules.hpp"

namespace rpikit::devices {

enum class Outcome : std::uint8_t {
    driven,     ///< a driver is in the tree
    no_driver,  ///< nothing in this tree is for it
    left_out,   ///< it needs none, or the user wants none
};

/// "driven", "no-driver", "left-out".
std::string_view to_string(Outcome outcome);

/// One thing that a node needs built: any one of the drivers does, the likeliest first.
struct Need {
    std::string id;  ///< the node's compatible, or other id, that they are for
    std::vector<Driver> drivers;
};

/// Symbols that a rule wants for a node.
struct RuleWish {
    std::vector<std::string> symbols;
    std::string reason;
    Location where;
};

/// An enabled node, or a device of a running machine, and what drives it.
struct DerivedNode {
    std::string path;  ///< of the node; of a machine's device its modalias
    std::vector<std::string> compatible;
    Outcome outcome = Outcome::no_driver;
    std::string reason;       ///< of `left_out` and `no_driver`; of `driven` why it lacks a driver beside
    Location rule = {};       ///< that left it out
    std::vector<Need> needs;  ///< of several subsystems: a node may be clock and reset controller
    std::vector<RuleWish> wishes;
    std::string value = "y";  ///< what its symbols shall be: y, or m where the user wants a module
};

/// What a board's devices need of a kernel tree.
struct Derivation {
    std::vector<DerivedNode> nodes;  ///< in the device tree's order
    Conditions platforms;            ///< ARCH_BCM2835; symbols of other platforms are never asked for
    std::string platform_of;         ///< the root's compatible by which they were found
    std::vector<std::string> warnings;
};

/// What a user says of single nodes in the board file: paths in the device tree, or compatibles; '*' and '?'
/// as in rules.
struct NodeChoices {
    std::vector<std::string> leave_out = {};
    std::vector<std::string> as_module = {};
};

/// For every enabled node its drivers. Nodes without a compatible have a row only when a rule is about them.
/// \returns an error when the tree is for another architecture than the index
Result<Derivation> derive(const Index& index, const DeviceTree& tree, const std::vector<Rule>& rules,
                          const std::string& arch, const NodeChoices& choices = {});

/// The same for what a running machine's /sys calls its devices: lines of `modalias` files. Each once,
/// sorted.
Derivation derive_modaliases(const Index& index, const std::vector<std::string>& modaliases,
                             const std::vector<Rule>& rules);

}  // namespace rpikit::devices
