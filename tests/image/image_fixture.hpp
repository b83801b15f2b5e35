#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "sdk/image/image.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

constexpr std::uint64_t mib = 1 << 20;

/// An image request that owns its trees.
struct ImageFixture {
    archive::FileTree boot;
    archive::FileTree root;
    image::ImageRequest request;

    explicit ImageFixture(const std::string& table = "mbr") {
        request.seed = "a seed";
        request.timestamp = 1'700'000'000;
        request.layout = {
            .table = table,
            .alignment = 4 * mib,
            .partitions = {{.name = "boot", .filesystem = "vfat", .content = "boot", .bootable = true},
                           {.name = "root", .filesystem = "ext4", .content = "rootfs"}}};
        update();
    }
    ImageFixture(const ImageFixture&) = delete;
    ImageFixture& operator=(const ImageFixture&) = delete;

    /// After a change of request.layout.partitions.
    void update() {
        request.contents.clear();
        for (const auto& partition : request.layout.partitions) {
            const archive::FileTree* tree = partition.filesystem == "ext4" ? &root : &boot;
            request.contents.push_back({.partition = partition, .tree = tree});
        }
    }
};

inline std::string slurp(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Bytes without a pattern, the same for the same seed.
inline std::string noise(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

}  // namespace rpikit::test
