#pragma once

#include <filesystem>

namespace rpikit::test {

/// Holds `rpi-kit inspect --show-config` of a kernel against the kernel tree's own scripts/extract-ikconfig;
/// the tree is named by RPIKIT_TEST_KERNEL.
void check_embedded_config(const std::filesystem::path& kernel, const std::filesystem::path& folder);

/// Holds `rpi-kit inspect --list` of a gzip-compressed initramfs against `cpio -t`.
void check_initramfs_list(const std::filesystem::path& initramfs, const std::filesystem::path& folder);

}  // namespace rpikit::test
