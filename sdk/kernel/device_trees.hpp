#pragma once

#include <filesystem>
#include <string>

#include "sdk/board/board.hpp"
#include "sdk/kernel/make.hpp"

namespace rpikit::kernel {

/// A compiled device tree has at most this many bytes (MAX_FDT_SIZE of arch/arm64/include/asm/boot.h).
inline constexpr std::size_t largest_device_tree = std::size_t{2} << 20;

/// The source of a device tree in a kernel tree, whether it is there or not.
/// \param name as in a board's kernel.dtbs: "broadcom/bcm2711-rpi-4-b.dtb"
std::filesystem::path device_tree_source(const std::filesystem::path& root, const std::string& arch,
                                         const std::string& name);

/// The board's own file where it stands in for a device tree of the kernel's; empty where the kernel's is
/// taken.
std::filesystem::path own_device_tree(const board::Kernel& kernel, const std::filesystem::path& root,
                                      const std::string& name);

/// Takes away what an earlier build put in the place of a device tree that the kernel has no source of, so
/// that make makes the kernel's own where it can.
Result<> clear_own_device_tree(const BuildContext& context);

/// Puts the board's own device tree where make would have left the kernel's.
Result<> place_own_device_tree(const BuildContext& context);

}  // namespace rpikit::kernel
