#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/devices/device_nodes.hpp"
#include "sdk/devices/index.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::devices {

/// What the text of a kernel tree does not tell of a device; one row of a rule file, with its reason. Empty
/// conditions hold for every node.
struct Rule {
    std::string reason;
    Location where;
    // When it applies; '*' and '?' stand for any text and character.
    std::vector<std::string> compatible = {};  ///< one of the node's is one of these
    std::string device_type = {};
    std::string property = {};           ///< the node has it
    std::vector<std::string> node = {};  ///< the node's name without its address is one of these
    // What it does.
    std::vector<std::string> symbols = {};      ///< wanted for the node, beside its driver's; those that no
                                                ///< Kconfig file of the kernel defines are passed over
    bool leave_out = false;                     ///< the node needs no driver beside one that binds to it
    std::vector<std::string> not_drivers = {};  ///< sources that mention the node's id and are not its driver

    bool applies_to(const Node& node) const;
    bool excludes(const Driver& driver) const;
};

/// Reads a rule file (TOML, [[rule]]); an error names all mistakes with their places.
Result<std::vector<Rule>> load_rules(const std::filesystem::path& file);

}  // namespace rpikit::devices
