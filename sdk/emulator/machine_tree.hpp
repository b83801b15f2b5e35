#pragma once

#include <string>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::emulator {

/// The flattened device tree that QEMU makes for the board's machine (`-M ...,dumpdtb=`), for boards whose
/// device tree lies in no kernel. Installs the emulator when it is not there; an error for a machine without
/// one. Seeds in it differ each time, nodes do not.
Result<std::string> machine_device_tree(const host::Host& host, const board::Board& board);

}  // namespace rpikit::emulator
