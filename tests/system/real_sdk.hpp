#pragma once

#include <filesystem>

namespace rpikit::test {

/// What docs/sdk.md says, on a built rpi4: its module is built, installed, loaded in the booted image and
/// left out again; its overlay fits; the SDK builds that module and programs after it was moved.
/// \param work the folder of the build, with out/rpi4  \param home whose cache is used
void check_sdk(const std::filesystem::path& work, const std::filesystem::path& home);

}  // namespace rpikit::test
