// What can be said about a command without running it: where its program is, and how its failure reads.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "sdk/host/process.hpp"
#include "sdk/host/program.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace fs = std::filesystem;

namespace {

/// Lines of output that an error shows; the rest is in the log.
constexpr std::size_t shown_lines = 25;

bool is_program(const fs::path& file) {
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

std::string how_it_ended(const Exit& exit) {
    if (exit.timed_out) return "took longer than its time limit and was stopped";
    if (exit.stopped) return "was interrupted";
    if (exit.signal != 0) {
        return fmt::format("was killed by signal {} ({})", exit.signal, ::strsignal(exit.signal));
    }
    return fmt::format("failed with exit code {}", exit.code);
}

}  // namespace

std::optional<fs::path> search_program(const std::string& name, const Environment& environment) {
    if (name.empty()) return std::nullopt;
    if (name.find('/') != std::string::npos) {
        return is_program(name) ? std::optional<fs::path>(name) : std::nullopt;
    }
    // Debian keeps mke2fs, depmod and the like in sbin, which an ordinary user's PATH lacks.
    const std::string folders =
        environment.get("PATH").value_or("/usr/local/bin:/usr/bin:/bin") + ":/usr/sbin:/sbin";
    for (const auto folder : split(folders, ':')) {
        fs::path candidate = fs::path(folder) / name;
        if (folder.starts_with('/') && is_program(candidate)) return candidate;
    }
    return std::nullopt;
}

Error command_error(const Command& command, const Exit& exit, const fs::path& log) {
    const std::string program =
        command.name.empty() ? fs::path(command.argv.front()).filename().string() : command.name;
    std::string detail;
    if (!command.directory.empty()) detail += fmt::format("  in:      {}\n", command.directory.string());
    detail += fmt::format("  command: {}\n", shell_quote(command.argv));
    if (!log.empty()) detail += fmt::format("  log:     {}\n", log.string());
    if (const auto tail = last_lines(exit.output, shown_lines); !trim(tail).empty()) {
        detail += "  the last lines it wrote:\n";
        for (const auto line : lines(tail))
            detail += fmt::format("    {}\n", line);
    }
    return {.message = fmt::format("{} {}", program, how_it_ended(exit)),
            .detail = std::move(detail),
            .hint = log.empty() ? std::string() : "less +G " + shell_quote(log.string()),
            .kind = exit.stopped ? ErrorKind::interrupted : ErrorKind::failed};
}

Result<Exit> run_checked(ProcessRunner& runner, const Command& command, const RunOptions& options) {
    TRY_ASSIGN(Exit exit, runner.run(command, options));
    if (!exit.success()) return fail(command_error(command, exit, options.log));
    return exit;
}

}  // namespace rpikit::host
