#pragma once

#include <filesystem>
#include <string>

#include "sdk/support/result.hpp"

namespace rpikit::boot {

/// An error unless the file is a kernel that the Raspberry Pi's firmware can start: an arm64 Image
/// (Documentation/arch/arm64/booting.rst), a 32-bit zImage (Documentation/arch/arm/booting.rst), or either
/// packed by gzip, which the firmware tells by its signature; for arch "x86" a bzImage
/// (Documentation/arch/x86/ boot.rst). \param arch the kernel's ARCH: "arm64", "arm" or "x86"
Result<> check_kernel_image(const std::filesystem::path& file, const std::string& arch);

}  // namespace rpikit::boot
