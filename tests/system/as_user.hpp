#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/program.hpp"

namespace rpikit::test {

/// Runs rpi-kit in a work folder as the user does: with their own cache, so that a kernel's source is
/// downloaded once, and with what the mirror's state asks for (RPI_KIT_WITHOUT_SUITES).
ProgramRun rpi_kit_as_user(const std::filesystem::path& folder, std::vector<std::string> arguments);

}  // namespace rpikit::test
