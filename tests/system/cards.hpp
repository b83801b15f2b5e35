#pragma once

#include <filesystem>

namespace rpikit::test {

/// Writes a built rpi4's image to cards (loop devices) in every way that a user has, holds them against each
/// other and against what bmaptool writes, and boots from one that was told its name.
/// \param work the folder of the build, with out/rpi4  \param home whose cache is used
void check_cards(const std::filesystem::path& work, const std::filesystem::path& home);

}  // namespace rpikit::test
