#pragma once

#include <filesystem>

namespace rpikit::test {

/// Packs a built rpi4's kernel for Debian twice with the same bytes, installs linux-image by dpkg into an
/// empty root, puts the kernel and modules found there into a copy of the image, and boots it.
/// \param work the folder of the build, with out/rpi4  \param home whose cache is used
void check_packages(const std::filesystem::path& work, const std::filesystem::path& home);

}  // namespace rpikit::test
