#pragma once

#include <string>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::emulator {

/// Whether QEMU's program is there and lists the machine; Debian 12's own (7.2) has no raspi4b.
Result<bool> knows_machine(const host::Host& host, const std::string& program, const std::string& machine);

/// Makes sure that a QEMU that knows the board's machine is installed: the distribution's own may be too old
/// for it (raspi4b came with 9.0), so its backports are asked too. An error if the board cannot be emulated
/// at all.
Result<> install_emulator(const host::Host& host, const board::Board& board);

}  // namespace rpikit::emulator
