#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::devices {

/// A node of a board's device tree that is enabled, as all above it are.
struct Node {
    std::string path;                     ///< "/soc/mmc@7e300000"
    std::string parent;                   ///< "/soc"
    std::vector<std::string> compatible;  ///< the most exact first; may be empty
    std::string device_type;              ///< "pci", "cpu"; mostly ""
    std::vector<std::string> properties;  ///< names, sorted
    /// "mmc" of "mmc@7e300000".
    std::string_view base_name() const;
};

/// What of a device tree decides about drivers.
struct DeviceTree {
    std::vector<std::string> compatible;  ///< the root's: the board's first, the SoC's last
    std::string model;
    std::string arch;         ///< the processors'; empty: the tree does not tell
    std::vector<Node> nodes;  ///< the enabled ones, in the tree's order, without the root
};

/// Reads a flattened device tree; an error for what is none, is cut off, or is an overlay.
Result<DeviceTree> read_device_tree(std::string_view blob);

/// Whether a kernel of `arch` can run with the tree; an error says what the tree is for.
Result<> check_arch(const DeviceTree& tree, const std::string& arch);

}  // namespace rpikit::devices
