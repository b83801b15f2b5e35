#pragma once

#include "sdk/emulator/emulator.hpp"

namespace rpikit::emulator {

/// Makes everything a boot needs in `folder` - the overlay, and for direct boot kernel, initramfs and an
/// edited device tree out of the image's boot partition - and returns QEMU's command.
Result<host::Command> prepare_boot(const host::Host& host, const board::Board& board,
                                   const BootOptions& options, const std::filesystem::path& folder,
                                   bool interactive);

/// The command prepare_boot would return for an interactive boot, without writing anything.
Result<host::Command> plan_boot(const host::Host& host, const board::Board& board,
                                const BootOptions& options);

}  // namespace rpikit::emulator
