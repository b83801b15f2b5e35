#include "tests/system/as_user.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace rpikit::test {

ProgramRun rpi_kit_as_user(const std::filesystem::path& folder, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), RPIKIT_PROGRAM);
    ProgramOptions options{.directory = folder, .home = std::getenv("HOME")};
    if (const char* suites = std::getenv("RPI_KIT_WITHOUT_SUITES"))
        options.environment.push_back(fmt::format("RPI_KIT_WITHOUT_SUITES={}", suites));
    return run_program(arguments, options);
}

}  // namespace rpikit::test
