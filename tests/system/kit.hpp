#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rpikit::test {

/// Runs shell commands in a folder, in a shell that has evaluated a kit's environment. \returns what they
/// said
std::string use_kit(const std::filesystem::path& kit, const std::string& commands,
                    const std::filesystem::path& folder);

/// Builds a project with CMake and one with Meson, in C and C++, and runs their tests under QEMU.
void check_programs(const std::filesystem::path& kit);

/// The files and links below a folder that hold a text.
std::vector<std::string> files_with(const std::filesystem::path& folder, const std::string& text);

}  // namespace rpikit::test
