#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rpikit::test {

/// How a program under test ended, with what it wrote through a pipe.
struct ProgramRun {
    int code = 0;
    int signal = 0;
    std::string out;
    std::string err;
};

struct ProgramOptions {
    std::filesystem::path directory;            ///< working directory
    std::filesystem::path home;                 ///< HOME; the cache lies in it
    std::vector<std::string> environment = {};  ///< more "NAME=value"
    std::filesystem::path stubs = {};           ///< its programs are found before the system's own
    int kill_signal = 0;                        ///< sent to the program when one of the next two was seen
    std::string kill_when = {};                 ///< a piece of stderr
    std::filesystem::path kill_when_exists = {};
};

/// Runs a program with a small, fixed environment and waits for it; killed after five silent minutes.
/// \param argv argv[0] is a path
ProgramRun run_program(const std::vector<std::string>& argv, const ProgramOptions& options);

}  // namespace rpikit::test
