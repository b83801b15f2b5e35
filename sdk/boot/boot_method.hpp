#pragma once

#include <span>
#include <string_view>

#include "sdk/boot/boot_files.hpp"

namespace rpikit::boot {

/// One way to start a kernel. A method is the file method_NAME.cpp that defines `const BootMethod
/// method_NAME`; the build finds it by its name (docs/adding-a-boot-method.md).
struct BootMethod {
    std::string_view name;  ///< as boot.method in a descriptor has it
    /// The distribution's package with the files that are not ours to build; empty: none is needed.
    std::string_view package = {};
    std::string_view package_architecture = {};  ///< Debian's name; any will do for a package of "all"
    std::string_view package_folder = {};  ///< the files' folder in the package: "usr/lib/raspi-firmware"
    /// All files of the boot partition, checked.
    Result<archive::FileTree> (*make)(const BootInputs& inputs) = nullptr;
};

/// All methods, sorted by file name.
std::span<const BootMethod* const> boot_methods();

/// The method of that name, or an error that names the near match.
Result<const BootMethod*> find_boot_method(std::string_view name);

}  // namespace rpikit::boot
