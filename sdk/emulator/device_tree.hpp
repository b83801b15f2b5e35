#pragma once

#include <span>
#include <string>
#include <vector>

#include "sdk/board/board.hpp"

namespace rpikit::emulator {

/// A changed device tree, and the nodes that it did not have.
struct EditedDeviceTree {
    std::string blob;
    std::vector<std::string> missing_nodes = {};
};

/// Applies a board's edits to a flattened device tree (Devicetree Specification 0.4, chapter 5). Trees of
/// different kernels differ, so one missing node is reported, not refused; when all are missing the edits
/// belong to another board, which is an error.
Result<EditedDeviceTree> edit_device_tree(std::string blob, std::span<const board::DeviceTreeEdit> edits);

}  // namespace rpikit::emulator
