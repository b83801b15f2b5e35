#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// One compressed stream. \param filter libarchive's name: "gzip", "xz", "zstd", "lz4", "bzip2", "lzma"
std::string packed(std::string_view content, const std::string& filter);

/// LZ4's legacy frame with one block of literals, as `lz4 -l` makes it of what does not compress.
std::string packed_lz4_legacy(std::string_view content);

extern const std::string sample_config;

/// What an unpacked kernel holds: banner, a vDSO's build id and its own, the configuration.
std::string kernel_core(const std::string& config = sample_config);

/// The core behind the header of an arm64 Image.
std::string arm64_image(const std::string& core = kernel_core());

/// A bzImage with a payload that has its size behind it.
std::string bzimage(const std::string& payload);

/// A 64-bit ELF file with these sections.
std::string elf(std::uint16_t type, const std::vector<std::pair<std::string, std::string>>& sections);

std::string vmlinux();

/// A module with .modinfo. \param signature appended with its trailer when not empty
std::string module(const std::string& signature = "");

struct CpioFile {
    std::string name;
    std::string content = {};
    unsigned mode = 0100644;
    unsigned inode = 0;  ///< 0: one of its own
    unsigned links = 1;
};

/// A newc cpio, names as they are: nothing hostile is cleaned away.
std::string cpio(const std::vector<CpioFile>& files);

std::string device_tree();

std::string deb(const std::vector<CpioFile>& files);

/// An image of a FAT with a kernel and an ext4. \param table "mbr" or "gpt"
std::filesystem::path disk_image(const TempDir& dir, const std::string& name,
                                 const std::string& table = "mbr", const std::string& hostname = "pi\n");

}  // namespace rpikit::test
