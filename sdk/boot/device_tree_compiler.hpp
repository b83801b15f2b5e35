#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::boot {

/// What a device tree's source may have at most, and what comes of it.
inline constexpr std::size_t device_tree_source_limit = std::size_t{4} << 20;

/// The package of dtc, without which nothing is compiled.
inline constexpr const char* device_tree_compiler_package = "device-tree-compiler";

/// Compiles a device tree or overlay with dtc, after the C preprocessor where it has #include, as the
/// kernel's scripts/Makefile.lib does. Mistakes of the source come as the two tell them, with line and
/// column.
/// \param includes folders of <dt-bindings/...> and of files that the source includes
Result<std::string> compile_device_tree_source(const host::Host& host, const std::filesystem::path& file,
                                               const std::vector<std::filesystem::path>& includes);

/// Compiles one of a kernel's own device trees. \param kernel the source tree \param source_arch folder below
/// arch/ \param name as in a board's kernel.dtbs: "broadcom/bcm2711-rpi-4-b.dtb"
/// \returns an error also for a device tree that the kernel makes of others (without a source of its own)
Result<std::string> compile_kernel_device_tree(const host::Host& host, const std::filesystem::path& kernel,
                                               const std::string& source_arch, const std::string& name);

}  // namespace rpikit::boot
