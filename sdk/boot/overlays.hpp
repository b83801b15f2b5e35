#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/archive/file_tree.hpp"
#include "sdk/boot/boot_files.hpp"

namespace rpikit::boot {

/// Adds the overlays that the kernel was built with (the Raspberry Pi's tree has them, mainline has none),
/// with overlay_map.dtb and README: those of boot.overlays, or all when that is empty. One that boot.overlays
/// names and the kernel lacks is an error.
/// \param prefix what stands before their names on the partition: "overlays/"
/// \return the names that overlay_map.dtb leads to other files
Result<std::vector<std::string>> add_overlays(archive::FileTree& tree, const BootInputs& inputs,
                                              const std::string& prefix);

}  // namespace rpikit::boot
