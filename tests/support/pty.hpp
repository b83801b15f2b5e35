#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/host/environment.hpp"

namespace rpikit::test {

struct PtyOptions {
    host::Environment environment = {};    ///< the whole environment of the program
    std::filesystem::path directory = {};  ///< working directory; empty: the caller's
    int columns = 80;
    int rows = 24;
    std::chrono::milliseconds time_limit{10000};
    /// Called with all output so far; what it returns is typed ("\x03" is Ctrl-C).
    std::function<std::string(std::string_view all)> type = {};
};

struct PtyRun {
    int code = 0;        ///< exit code when `signal` is 0
    int signal = 0;      ///< the signal that killed it, or 0; SIGKILL when the time limit passed
    std::string output;  ///< every byte it wrote, line ends as the terminal gets them (CR LF)
};

/// Runs a program as the leader of a session on a terminal of its own. \param argv argv[0] is a path
PtyRun run_in_pty(const std::vector<std::string>& argv, const PtyOptions& options = {});

/// What is left on an endless screen after these bytes: carriage returns, line erasures and cursor movements
/// are carried out, colours dropped, blanks at line ends cut.
std::string visible(std::string_view output);

}  // namespace rpikit::test
