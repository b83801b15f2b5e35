#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sdk/boot/boot_files.hpp"
#include "sdk/boot/own_overlays.hpp"
#include "sdk/kernel/host_tools.hpp"

namespace rpikit::boot {

/// One way to start a kernel. A method is the file method_NAME.cpp that defines `const BootMethod
/// method_NAME`; the build finds it by its name (docs/adding-a-boot-method.md).
struct BootMethod {
    std::string_view name;  ///< as boot.method in a descriptor has it
    /// The distribution's packages with the files that are not ours to build; empty: none is needed.
    std::vector<std::string_view> packages = {};
    std::string_view package_architecture = {};  ///< Debian's name; any will do for a package of "all"
    std::string_view package_folder = {};  ///< the files' folder in the package: "usr/lib/raspi-firmware"
    std::vector<std::string_view> files =
        {};                          ///< needed of that folder, besides the descriptor's boot.firmware
    bool has_menu = false;           ///< it can start one of several kernels
    bool takes_raw_loaders = false;  ///< boot.loader: files at fixed places of the disk
    bool takes_overlays = false;     ///< it applies the board's own overlays (boot.overlay_files)
    OverlayLabels overlay_labels = OverlayLabels::all;  ///< that the overlays after one can use
    /// Programs of the host that it runs.
    std::vector<kernel::HostTool> tools = {};
    /// All files of the boot partition, checked.
    Result<archive::FileTree> (*make)(const BootInputs& inputs) = nullptr;
    /// What a BIOS starts, for methods that can; called after `make`.
    Result<Loader> (*make_loader)(const BootInputs& inputs) = nullptr;
};

/// All methods, sorted by file name.
std::span<const BootMethod* const> boot_methods();

/// The method of that name, or an error that names the near match.
Result<const BootMethod*> find_boot_method(std::string_view name);

}  // namespace rpikit::boot
