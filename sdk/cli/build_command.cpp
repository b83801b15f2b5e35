#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <memory>

#include <nlohmann/json.hpp>

#include "sdk/cli/build_options.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/pipeline/manifest.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

using nlohmann::ordered_json;

/// A stage as --json tells of it.
struct StageTime {
    std::string name;
    bool ran = false;
    double seconds = 0;
};

pipeline::Observer observer(const Context& context, std::vector<StageTime>& times) {
    auto& display = context.display;
    auto& clock = context.host.clock;
    auto start = std::make_shared<std::chrono::steady_clock::time_point>();
    return {
        .begin =
            [&display, &clock, start](std::size_t number, std::size_t count, const pipeline::Stage& stage) {
                *start = clock.now();
                display.begin(number, count, stage.title);
            },
        .progress = [&display](std::uint64_t done, std::uint64_t total) { display.progress(done, total); },
        .end =
            [&display, &clock, &times, start](const pipeline::Stage& stage,
                                              const pipeline::Decision& decision,
                                              const pipeline::Outcome& outcome) {
                const std::chrono::duration<double> seconds = clock.now() - *start;
                times.push_back({stage.name, decision.runs, seconds.count()});
                display.end(decision.runs ? outcome.summary : "up to date: " + outcome.summary);
            },
        .fail = [&display](const pipeline::Stage&) { display.fail(); }};
}

/// A command as it can be pasted into a shell, with its whole environment.
std::string shell_line(const host::Command& command) {
    std::string line;
    if (!command.directory.empty()) line = fmt::format("cd {} && ", shell_quote(command.directory.string()));
    if (!command.environment) return line + shell_quote(command.argv);
    std::vector<std::string> whole{"env", "-i"};
    std::ranges::move(command.environment->entries(), std::back_inserter(whole));
    whole.insert(whole.end(), command.argv.begin(), command.argv.end());
    return line + shell_quote(whole);
}

/// The plan as people read it: a line a stage, with its commands when asked.
std::string plan_text(const pipeline::Plan& plan, const std::vector<pipeline::Decision>& decisions,
                      bool commands) {
    std::string text;
    pipeline::Values values;
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        const auto& stage = plan.stages()[i];
        const auto& decision = decisions[i];
        text += fmt::format("{:<10} {}{}\n", stage.name, decision.runs ? "runs: " : "", decision.reason);
        if (commands && decision.runs && stage.commands) {
            for (const auto& command : stage.commands(values)) {
                text += fmt::format("           $ {}\n", shell_line(command));
            }
        }
        pipeline::add_values(values, stage, decision.outcome);
    }
    return text;
}

std::string plan_json(const pipeline::Plan& plan, const std::vector<pipeline::Decision>& decisions) {
    ordered_json stages = ordered_json::array();
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        const auto& stage = plan.stages()[i];
        ordered_json commands = ordered_json::array();
        if (stage.commands) {
            for (const auto& command : stage.commands({}))
                commands.push_back({{"argv", command.argv},
                                    {"environment", command.environment ? command.environment->entries()
                                                                        : std::vector<std::string>{}}});
        }
        stages.push_back({{"name", stage.name},
                          {"runs", decisions[i].runs},
                          {"reason", decisions[i].reason},
                          {"commands", commands}});
    }
    return ordered_json{{"stages", stages}}.dump(1) + '\n';
}

Result<int> show_plan(const Context& context, const pipeline::Plan& plan, bool commands) {
    TRY_ASSIGN(const auto decisions, plan.preview());
    context.out(context.json ? plan_json(plan, decisions) : plan_text(plan, decisions, commands));
    return 0;
}

std::string closing_text(const Context& context, const board::Board& board,
                         const pipeline::Manifest& manifest, const pipeline::BuildFolders& folders) {
    const auto image = fs::relative(folders.image, fs::current_path());
    const auto work = context.work == fs::current_path() ? "" : fmt::format(" -C {}", context.work.string());
    auto text = fmt::format("\n{}  {}, kernel {}\n", image.string(), format_size(manifest.image.size),
                            manifest.release);
    if (!board.emulator.machine.empty()) {
        const auto program = called_as(context.host.environment);
        text += fmt::format("next: {}{} boot {}\n", program, work, board.name);
    }
    return text;
}

/// Bytes of this program's own memory at its fullest; the programs it ran are not in it.
std::int64_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * std::int64_t{1024};
}

std::string closing_json(const pipeline::Manifest& manifest, const pipeline::BuildFolders& folders,
                         const std::vector<StageTime>& times) {
    ordered_json stages = ordered_json::array();
    for (const auto& stage : times)
        stages.push_back({{"name", stage.name}, {"ran", stage.ran}, {"seconds", stage.seconds}});
    const ordered_json document = {{"board", manifest.board},
                                   {"image", folders.image.string()},
                                   {"size", manifest.image.size},
                                   {"sha256", manifest.image.sha256},
                                   {"release", manifest.release},
                                   {"manifest", folders.manifest.string()},
                                   {"stages", stages},
                                   {"peak_memory", peak_memory()}};
    return document.dump(1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

Result<int> build(const Context& context, BuildArguments arguments) {
    TRY_ASSIGN(const auto board, board::load_board(arguments.board, context.boards));
    auto& options = arguments.options;
    options.work = context.work;
    options.toolchains = context.toolchains;
    options.program = context.program;
    options.ccache = !arguments.no_ccache;
    options.sandbox = !arguments.no_sandbox;
    options.strip_modules = !arguments.no_strip;
    for (auto* path : {&options.config_file, &options.rootfs, &options.firmware, &options.signing_key}) {
        if (!path->empty()) *path = fs::absolute(*path).lexically_normal();
    }
    TRY_ASSIGN(const auto plan, pipeline::make_build_plan(context.host, board, options));
    if (arguments.dry_run || arguments.explain) return show_plan(context, plan, arguments.dry_run);

    const pipeline::BuildFolders folders(context.work, board.name);
    const auto waiting = [&] {
        context.host.note(fmt::format("another build of {} is running here; waiting for it", board.name));
    };
    TRY_ASSIGN(const auto lock, host::LockFile::acquire(folders.state / "lock", context.host.stop, waiting));
    std::error_code ignored;
    if (fs::exists(folders.edits, ignored)) {
        context.host.note(
            fmt::format("configuration changes that were not saved are not built: rpi-kit config {} save",
                        arguments.board));
    }
    std::vector<StageTime> times;
    TRY(plan.run(context.host, observer(context, times)));
    TRY_ASSIGN(const auto manifest, pipeline::load_manifest(folders.manifest));
    context.out(context.json ? closing_json(manifest, folders, times)
                             : closing_text(context, board, manifest, folders));
    return 0;
}

}  // namespace

Command build_command() {
    return {.name = "build",
            .summary = "Build a board's SD-card image, from kernel source to a checked sdcard.img",
            .examples =
                "  rpi-kit build rpi4\n"
                "  rpi-kit build rpi4 --profile tiny --set HZ=300\n"
                "  rpi-kit build rpi4 --source dir:../linux --rootfs rootfs.tar.zst\n"
                "  rpi-kit build rpi4 --dry-run",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = add_build_options(app);
                return [arguments](const Context& context) { return build(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
