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
    int kill_signal = 0;                        ///< sent to the program when `kill_when` was seen
    std::string kill_when = {};                 ///< a piece of stderr
};

/// Runs a program with a small, fixed environment and waits for it; killed after five silent minutes.
/// \param argv argv[0] is a path
ProgramRun run_program(const std::vector<std::string>& argv, const ProgramOptions& options);

}  // namespace rpikit::test
