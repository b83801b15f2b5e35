#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/host/environment.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::host {

/// A command as an argument vector; never a shell string.
struct Command {
    std::vector<std::string> argv;                ///< argv[0]: a path, or a name looked up in PATH
    std::filesystem::path directory = {};         ///< working directory; empty: the caller's
    std::optional<Environment> environment = {};  ///< the whole environment; unset: the caller's
    std::string name = {};  ///< what messages call it; empty: argv[0] without its folder
};

/// How a command ended.
struct Exit {
    int code = 0;             ///< exit code when `signal` is 0
    int signal = 0;           ///< the signal that killed it, or 0
    bool timed_out = false;   ///< stopped by us because the time limit passed
    bool stopped = false;     ///< stopped by us because the stop token or a reaction asked for it
    std::string output = {};  ///< the last RunOptions::keep bytes of stdout and stderr together

    bool success() const { return code == 0 && signal == 0 && !timed_out && !stopped; }
};

/// What to do after some output was seen: bytes for the child's standard input, and whether to end it.
struct Reaction {
    std::string input = {};
    bool stop = false;
};

struct RunOptions {
    /// Called with each piece of output as it comes, and about once a second with none.
    std::function<Reaction(std::string_view output)> on_output = {};
    std::filesystem::path log = {};  ///< stdout and stderr are appended here too; empty: nowhere
    std::size_t keep = 1 << 20;      ///< how much of the output's end is kept, bytes
    std::optional<std::chrono::milliseconds> time_limit = {};
    /// How long a stopped group may clean up before SIGKILL; make deletes the targets it was writing.
    std::chrono::milliseconds grace{5000};
    /// Standard input is a pipe that takes Reaction::input; otherwise it is empty (/dev/null), so that a tool
    /// that asks a question fails instead of waiting for ever.
    bool feed_input = false;
    bool interactive = false;  ///< the child keeps terminal, stdin, stdout, stderr and the foreground
    std::stop_token stop = {};
};

/// The seam for other programs. A child runs in a process group of its own; on stop the whole group gets
/// SIGTERM, then SIGKILL after a grace period.
class ProcessRunner {
  public:
    virtual ~ProcessRunner() = default;

    /// Runs a command to its end. An error means it could not be started (program missing, folder missing);
    /// a command that fails is an Exit.
    virtual Result<Exit> run(const Command& command, const RunOptions& options) = 0;

    /// Where a program is, looked up in the PATH of `environment`.
    virtual std::optional<std::filesystem::path> find_program(const std::string& name,
                                                              const Environment& environment) = 0;
};

/// The real one, on Boost.Process.
std::unique_ptr<ProcessRunner> make_process_runner();

/// Runs a command and makes an error of a failure: the tool, its working directory, the command to paste, the
/// last lines of output and the log's path. Interruption becomes an error of kind `interrupted`.
Result<Exit> run_checked(ProcessRunner& runner, const Command& command, const RunOptions& options = {});

/// The error that run_checked makes, for callers that look at the Exit first.
Error command_error(const Command& command, const Exit& exit, const std::filesystem::path& log);

}  // namespace rpikit::host
