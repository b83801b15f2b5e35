#pragma once

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::emulator {

/// Makes sure that a QEMU that knows the board's machine is installed: the distribution's own may be too old
/// for it (raspi4b came with 9.0), so its backports are asked too. An error if the board cannot be emulated
/// at all.
Result<> install_emulator(const host::Host& host, const board::Board& board);

}  // namespace rpikit::emulator
