#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/boot/boot_files.hpp"

namespace rpikit::boot {

/// A device tree overlay that is not the kernel's own.
struct OwnOverlay {
    std::string name;  ///< "my-hat"
    std::string blob;  ///< flattened
};

/// A file's name without ".dts", ".dtso" or ".dtbo".
std::string overlay_name(const std::filesystem::path& file);

/// Compiles an overlay with dtc, after the C preprocessor where it has #include; one that is compiled already
/// is read. Mistakes of the source come as dtc tells them, with line and column.
/// \param tree of the kernel, for dt-bindings; may be empty
Result<std::string> compile_overlay(const host::Host& host, const std::filesystem::path& file,
                                    const std::filesystem::path& tree);

/// A part of an overlay and the node that it changes.
struct OverlayTarget {
    std::string fragment;  ///< "fragment@0"
    std::string target;    ///< a label of the base, or a path
};

/// Applies an overlay to a device tree in memory, as the firmware will; an error names every label and path
/// that the tree lacks. \returns what it changes
Result<std::vector<OverlayTarget>> fit_overlay(std::string_view overlay, std::string_view base);

/// The board's own overlays, compiled and each tried on the board's first device tree. An error names the
/// file.
Result<std::vector<OwnOverlay>> make_own_overlays(const BootInputs& inputs);

}  // namespace rpikit::boot
