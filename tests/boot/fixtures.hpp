#pragma once

#include <string>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/boot/boot_files.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// A flattened device tree. \param nodes names of the root's child nodes
std::string make_device_tree(const std::vector<std::string>& compatible,
                             const std::vector<std::string>& nodes = {});

/// A board like the Raspberry Pi 4's descriptor, a built kernel and a firmware folder; tests change what they
/// need.
struct BootFixture {
    TempDir folder;
    board::Board board;
    kernel::KernelArtifacts kernel;
    std::filesystem::path initramfs;

    BootFixture();
    void add_overlay(const std::string& name) const;
    Result<archive::FileTree> make() const;
};

}  // namespace rpikit::test
