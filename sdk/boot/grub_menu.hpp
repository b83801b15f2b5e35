#pragma once

#include <string>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/boot/boot_menu.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::boot {

/// The text of grub.cfg: the descriptor's menu for the first kernel, the others below "Advanced options".
/// \param kernels newest first, not empty \param root what stands for {root}
Result<std::string> make_grub_menu(const board::Board& board, const std::vector<MenuKernel>& kernels,
                                   const std::string& root);

/// What a GRUB image does first: finds the boot partition by its file system's identifier and reads
/// grub/grub.cfg there.
std::string grub_early_configuration(const std::string& boot_uuid);

}  // namespace rpikit::boot
