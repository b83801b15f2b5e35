#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/emulator/emulator.hpp"
#include "sdk/emulator/install.hpp"
#include "sdk/pipeline/build.hpp"
#include "sdk/pipeline/derive.hpp"
#include "sdk/pipeline/manifest.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

struct BootArguments {
    std::string board;
    std::filesystem::path image;
    std::string accelerator = "auto";
    std::string firmware;
    unsigned timeout = 180;
    bool check = false;
    bool reboot = false;
    bool dry_run = false;
};

emulator::Expectation expectation(const board::Board& board, const pipeline::Manifest& manifest) {
    emulator::Expectation expected{.release = manifest.release,
                                   .config = {manifest.requests.begin(), manifest.requests.end()},
                                   .root_device = board.checks.root_device,
                                   .module = {},
                                   .more_modules = manifest.installed_modules,
                                   .unbound = board.checks.unbound};
    for (const auto& candidate : board.checks.modules) {
        if (std::ranges::binary_search(manifest.modules, candidate)) {
            expected.module = candidate;
            return expected;
        }
    }
    if (!board.checks.modules.empty()) {
        expected.no_module =
            fmt::format("this kernel has none of {} as a module", join(board.checks.modules, ", "));
    }
    return expected;
}

std::string report_json(const emulator::BootReport& report) {
    nlohmann::ordered_json items = nlohmann::ordered_json::array();
    for (const auto& item : report.items) {
        items.push_back({{"what", item.what},
                         {"expected", item.expected},
                         {"found", item.found},
                         {"passed", item.passed}});
    }
    const nlohmann::ordered_json document = {{"verdict", emulator::to_string(report.verdict)},
                                             {"reason", report.reason},
                                             {"seconds", report.seconds},
                                             {"checks", items},
                                             {"mounts", report.mounts},
                                             {"log", report.log.string()}};
    return json_text(document);
}

std::string report_text(const emulator::BootReport& report) {
    std::string text;
    for (const auto& item : report.items) {
        text += fmt::format("{:<6} {:<28} {}", item.passed ? "ok" : "FAILED", item.what, item.found);
        text += item.passed ? "\n" : fmt::format(" (expected {})\n", item.expected);
    }
    for (const auto& mount : report.mounts)
        text += fmt::format("       {}\n", mount);
    return text;
}

Result<int> judge(const Context& context, const emulator::BootReport& report) {
    context.out(context.json ? report_json(report) : report_text(report));
    if (report.verdict == emulator::Verdict::passed) {
        if (!context.json) context.out(fmt::format("passed in {}\n", format_duration(report.seconds)));
        return 0;
    }
    return fail({.message = fmt::format("the boot check did not pass: {} after {}",
                                        emulator::to_string(report.verdict), format_duration(report.seconds)),
                 .causes = report.reason.empty() ? std::vector<std::string>{} : std::vector{report.reason},
                 .detail = report.console_tail,
                 .hint = fmt::format("less {}", report.log.string()),
                 .kind = report.verdict == emulator::Verdict::interrupted ? ErrorKind::interrupted
                                                                          : ErrorKind::failed});
}

/// Another firmware of a PC than the descriptor's; other boards have one way to start alone.
Result<> choose_firmware(board::Board& board, const std::string& wanted) {
    if (wanted.empty()) return {};
    auto& firmware = board.emulator.firmware;
    if (firmware == "direct") {
        return fail({.message = fmt::format("{} starts by its own firmware: there is no {} to choose",
                                            board.name, wanted),
                     .hint = fmt::format("rpi-kit boot {}", board.name),
                     .kind = ErrorKind::usage});
    }
    firmware = wanted;
    return {};
}

Result<int> boot(const Context& context, const BootArguments& arguments) {
    TRY_ASSIGN(auto board, load_chosen_board(context, arguments.board));
    TRY(choose_firmware(board, arguments.firmware));
    const pipeline::BuildFolders folders(context.work, board.name);
    const auto manifest = pipeline::load_manifest(folders.manifest);
    if (!manifest) {
        return fail({.message = fmt::format("{} has not been built here", board.name),
                     .causes = {manifest.error().message},
                     .hint = fmt::format("rpi-kit build {}", board.name)});
    }
    const emulator::BootOptions options{
        .image = arguments.image.empty() ? folders.image : std::filesystem::absolute(arguments.image),
        .work = folders.out / "boot",
        .time_limit = std::chrono::seconds(arguments.timeout),
        .accelerator = arguments.accelerator,
        .reboot = arguments.reboot};
    if (arguments.dry_run) {
        TRY_ASSIGN(const auto command, emulator::boot_command(context.host, board, options));
        context.out(shell_quote(command.argv) + '\n');
        return 0;
    }
    TRY(emulator::install_emulator(context.host, board));
    if (!arguments.check) return emulator::boot_interactive(context.host, board, options);
    auto expected = expectation(board, *manifest);
    TRY_ASSIGN(const auto devices, pipeline::read_bound_devices(folders));
    for (const auto& [node, driver] : devices)
        expected.devices.push_back({.node = node, .driver = driver});
    TRY_ASSIGN(const auto report, emulator::boot_check(context.host, board, options, expected));
    return judge(context, report);
}

}  // namespace

Command boot_command() {
    return {.name = "boot",
            .summary = "Boot a built image in QEMU; --check proves that it is this kernel",
            .examples =
                "  rpi-kit boot rpi4\n"
                "  rpi-kit boot rpi4 --check\n"
                "  rpi-kit boot x86_64 --check --firmware bios",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = std::make_shared<BootArguments>();
                app.add_option("BOARD", arguments->board, "Board's name")->required();
                app.add_flag("--check", arguments->check,
                             "Log in, compare kernel release, configuration, root and modules, power off");
                app.add_flag("--reboot", arguments->reboot,
                             "Before it is powered off, reboot and log in again")
                    ->needs("--check");
                app.add_option("--image", arguments->image, "Another image of this board")
                    ->check(CLI::ExistingFile);
                app.add_option("--firmware", arguments->firmware,
                               "uefi or bios, for boards that start by either (default: the board's)")
                    ->check(CLI::IsMember({"uefi", "bios"}));
                app.add_option("--timeout", arguments->timeout, "Seconds before --check gives up")
                    ->capture_default_str()
                    ->check(CLI::Range(1, 86400));
                app.add_option("--accelerator", arguments->accelerator, "auto, kvm or tcg")
                    ->capture_default_str()
                    ->check(CLI::IsMember({"auto", "kvm", "tcg"}));
                app.add_flag("--dry-run", arguments->dry_run, "Print QEMU's command and stop");
                return [arguments](const Context& context) { return boot(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
