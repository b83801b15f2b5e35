#include "sdk/emulator/emulator.hpp"

#include <fmt/format.h>

#include "sdk/emulator/accelerator.hpp"
#include "sdk/emulator/boot_setup.hpp"
#include "sdk/emulator/console_judge.hpp"
#include "sdk/emulator/device_checks.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::emulator {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// The process's own limit is a backstop behind the judge's.
constexpr milliseconds backstop{30000};

/// The folder of one run: overlay, kernel, device tree; gone with the object.
class RunFolder {
  public:
    static Result<RunFolder> make(const std::filesystem::path& work) {
        RunFolder folder;
        folder.path_ = host::temporary_sibling(std::filesystem::absolute(work) / "boot");
        TRY(host::make_directories(folder.path_));
        return folder;
    }
    RunFolder(RunFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    RunFolder& operator=(RunFolder&&) = delete;
    ~RunFolder() {
        if (path_.empty()) return;
        // A destructor has nobody to tell; what stays is a hidden folder in the work folder.
        [[maybe_unused]] const auto removed = host::remove_tree(path_);
    }
    const std::filesystem::path& path() const { return path_; }

  private:
    RunFolder() = default;
    std::filesystem::path path_;
};

std::string how_it_ended(const host::Exit& exit) {
    if (exit.timed_out) return "QEMU did not end in time";
    if (exit.signal != 0) return fmt::format("QEMU was killed by signal {}", exit.signal);
    return fmt::format("QEMU ended with exit code {}", exit.code);
}

Result<host::Exit> run_judged(const host::Host& host, const host::Command& command,
                              const BootOptions& options, const std::filesystem::path& log,
                              ConsoleJudge& judge) {
    const auto start = host.clock.now();
    const auto watch = [&](std::string_view output) -> host::Reaction {
        auto step = judge.feed(output, duration_cast<milliseconds>(host.clock.now() - start));
        return {.input = std::move(step.input), .stop = step.stop};
    };
    return host.processes.run(command, {.on_output = watch,
                                        .log = log,
                                        .time_limit = options.time_limit + backstop,
                                        .feed_input = true,
                                        .stop = host.stop});
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return "passed";
        case Verdict::failed:
            return "failed";
        case Verdict::panic:
            return "kernel panic";
        case Verdict::oops:
            return "kernel oops";
        case Verdict::external_abort:
            return "external abort";
        case Verdict::no_output:
            return "no output";
        case Verdict::timed_out:
            return "timed out";
        case Verdict::interrupted:
            return "interrupted";
    }
    return "unknown";
}

Result<int> boot_interactive(const host::Host& host, const board::Board& board, const BootOptions& options) {
    TRY_ASSIGN(const RunFolder folder, RunFolder::make(options.work));
    TRY_ASSIGN(const host::Command command, prepare_boot(host, board, options, folder.path(), true));
    TRY_ASSIGN(const host::Exit exit, host.processes.run(command, {.interactive = true, .stop = host.stop}));
    return exit.signal != 0 ? 128 + exit.signal : exit.code;
}

Result<BootReport> boot_check(const host::Host& host, const board::Board& board, const BootOptions& options,
                              const Expectation& expectation) {
    TRY_ASSIGN(const RunFolder folder, RunFolder::make(options.work));
    TRY_ASSIGN(const host::Command command, prepare_boot(host, board, options, folder.path(), false));
    const auto log = options.work / "console.log";
    TRY(host::remove_tree(log));
    auto asked = expectation;
    asked.devices = enabled_in_emulator(std::move(asked.devices), board.emulator);
    ConsoleJudge judge(
        std::move(asked),
        {.total = options.time_limit, .silence = options.silence_limit, .reboot = options.reboot});
    const auto start = host.clock.now();
    auto exit = run_judged(host, command, options, log, judge);
    if (!exit) return fail(exit.error(), "cannot run QEMU");
    auto report = judge.report({.how = how_it_ended(*exit), .by_itself = exit->success()});
    if (host.stop.stop_requested()) {
        report.verdict = Verdict::interrupted;
        report.reason = "interrupted";
    }
    report.seconds = std::chrono::duration<double>(host.clock.now() - start).count();
    report.log = log;
    return report;
}

Result<host::Command> boot_command(const host::Host& host, const board::Board& board,
                                   const BootOptions& options) {
    return plan_boot(host, board, options);
}

}  // namespace rpikit::emulator
