#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/boot/boot_files.hpp"

namespace rpikit::boot {

/// Which labels of an overlay those after it can use.
enum class OverlayLabels {
    all,
    /// Those in its node /__exports__: the Raspberry Pi's firmware
    /// (https://www.raspberrypi.com/documentation/computers/configuration.html, "Exporting labels").
    exported,
};

/// A part of an overlay and the node that it changes.
struct OverlayTarget {
    std::string fragment;  ///< "fragment@0"
    std::string target;    ///< a label of the base, or a path
};

/// A device tree overlay that is not the kernel's own.
struct OwnOverlay {
    std::string name;                         ///< "my-hat"
    std::string blob;                         ///< flattened
    std::vector<OverlayTarget> targets = {};  ///< what it changes
};

/// A file's name without ".dts", ".dtso" or ".dtbo".
std::string overlay_name(const std::filesystem::path& file);

/// The files that an overlay is compiled of: itself and what it includes from beside it, directly or not,
/// whether a condition of the preprocessor skips that or not. Headers of the kernel's tree are not among
/// them.
std::vector<std::filesystem::path> overlay_sources(const std::filesystem::path& file);

/// Compiles an overlay with dtc, after the C preprocessor where it has #include; one that is compiled already
/// is read. Mistakes of the source come as dtc tells them, with line and column.
/// \param tree of the kernel, for dt-bindings; may be empty
Result<std::string> compile_overlay(const host::Host& host, const std::filesystem::path& file,
                                    const std::filesystem::path& tree);

/// An overlay that was applied.
struct FittedOverlay {
    std::vector<OverlayTarget> targets;
    std::string tree;  ///< the device tree with it, flattened
};

/// Applies an overlay to a device tree in memory, as what boots the board will; an error names every label
/// and path that the tree lacks. \param labels which of the overlay's own are in the tree afterwards
Result<FittedOverlay> fit_overlay(std::string_view overlay, std::string_view base,
                                  OverlayLabels labels = OverlayLabels::all);

/// What overlays are applied to.
struct OverlayBase {
    std::filesystem::path device_tree;         ///< its file
    std::filesystem::path kernel_source = {};  ///< the tree with include/dt-bindings; may be empty
    OverlayLabels labels = OverlayLabels::all;
};

/// Compiles overlays and applies each to the tree that those before it left. An error names the file; two of
/// one name are one, too.
Result<std::vector<OwnOverlay>> apply_overlays(const host::Host& host,
                                               const std::vector<std::filesystem::path>& files,
                                               const OverlayBase& base);

/// The board's own overlays, applied to its first device tree.
Result<std::vector<OwnOverlay>> make_own_overlays(const BootInputs& inputs, OverlayLabels labels);

}  // namespace rpikit::boot
