#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "flasher/usb/boot_boards.hpp"
#include "flasher/usb/errors.hpp"
#include "flasher/usb/libusb_bus.hpp"
#include "sdk/cli/app.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/cli/usb_folder.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

using Json = nlohmann::ordered_json;

struct UsbArguments {
    std::string what;
    usb::Selection selection;
    unsigned timeout = 20;
    bool overlay = false;
    bool verbose = false;
};

std::string_view stage_name(usb::Stage stage) {
    return stage == usb::Stage::second_stage ? "boot ROM" : "file server";
}

/// Words that go beside an answer and are not the command's failure.
void show(const Context& context, Error error) {
    error = for_this_user(std::move(error), called_as(context.host.environment), ::geteuid() == 0);
    context.screen.write(render(error, context.screen.colour()));
}

Result<int> list(const Context& context) {
    TRY_ASSIGN(const auto boards, usb::make_libusb_bus()->boards());
    Json rows = Json::array();
    std::string text;
    for (const auto& board : boards) {
        text += fmt::format("{:<12} {:<12} {:<18} {}\n", board.port, stage_name(board.stage),
                            board.serial.empty() ? "-" : board.serial,
                            board.may_open ? "can be booted" : "no permission");
        rows.push_back({{"port", board.port},
                        {"stage", stage_name(board.stage)},
                        {"serial", board.serial},
                        {"permission", board.may_open}});
    }
    context.out(context.json ? json_text(Json{{"boards", rows}}) : text);
    if (context.json) return 0;
    const auto locked = std::ranges::find(boards, false, &usb::BoardFacts::may_open);
    if (boards.empty()) show(context, usb::no_board_error());
    if (locked != boards.end()) show(context, usb::no_permission_error(locked->port));
    return 0;
}

Json error_json(const Error& error) {
    Json body{{"message", error.message}};
    if (!error.causes.empty()) body["causes"] = error.causes;
    if (!error.hint.empty()) body["hint"] = error.hint;
    return body;
}

std::string report_json(const std::vector<usb::BoardReport>& reports) {
    Json rows = Json::array();
    for (const auto& report : reports) {
        Json row{{"port", report.port},
                 {"serial", report.serial},
                 {"booted", !report.failure},
                 {"files", report.served.files},
                 {"bytes", report.served.bytes},
                 {"missing", report.served.missing},
                 {"refused", report.served.refused},
                 {"metadata", report.served.metadata}};
        if (report.failure) row["error"] = error_json(*report.failure);
        rows.push_back(std::move(row));
    }
    return json_text(Json{{"boards", rows}});
}

std::string report_text(const std::vector<usb::BoardReport>& reports) {
    std::string text;
    for (const auto& report : reports) {
        const auto& served = report.served;
        text += fmt::format("{:<12} {:<7} {} files, {}\n", report.port, report.failure ? "FAILED" : "booted",
                            served.files, format_size(served.bytes));
        for (const auto& [key, value] : served.metadata)
            text += fmt::format("  {} = {}\n", key, value);
        for (const auto& [name, why] : served.refused)
            text += fmt::format("  refused '{}': {}\n", name, why);
    }
    return text;
}

/// One board's failure as it is; of several, the first one, saying how many.
Result<int> outcome(std::vector<usb::BoardReport> reports) {
    const auto failed = [](const auto& report) { return report.failure.has_value(); };
    const auto first = std::ranges::find_if(reports, failed);
    if (first == reports.end()) return 0;
    if (reports.size() == 1) return fail(*std::move(first->failure));
    const auto count = std::ranges::count_if(reports, failed);
    const bool interrupted = std::ranges::any_of(reports, [](const auto& report) {
        return report.failure && report.failure->kind == ErrorKind::interrupted;
    });
    const auto kind = interrupted ? ErrorKind::interrupted : first->failure->kind;
    auto error = with_context(*std::move(first->failure),
                              fmt::format("{} of {} boards did not boot", count, reports.size()));
    error.kind = kind;
    return fail(std::move(error));
}

Result<int> boot(const Context& context, const UsbArguments& arguments) {
    TRY_ASSIGN(const auto path, usb_folder(context, arguments.what));
    TRY_ASSIGN(const auto folder, usb::ServedFolder::open(path, arguments.overlay));
    // Before the wait for a board: without it none can be booted.
    TRY(arguments.overlay ? Result<std::string>{} : usb::read_second_stage(folder, ""));
    const std::chrono::seconds patience(arguments.timeout);
    usb::BootOptions options{.selection = arguments.selection, .wait = patience};
    // A board that took its second stage is away for a moment, however little patience there is.
    options.timing.come_back = std::max(patience, std::chrono::seconds(5));
    options.note = [&](std::string_view port, std::string_view line) {
        context.host.note(port.empty() ? std::string(line) : fmt::format("{}: {}", port, line));
    };
    if (arguments.verbose) options.trace = options.note;
    const auto bus = usb::make_libusb_bus();
    TRY_ASSIGN(auto reports, usb::boot_boards(*bus, folder, options, context.host.stop));
    context.out(context.json ? report_json(reports) : report_text(reports));
    auto code = outcome(std::move(reports));
    // The answer in JSON has the error already; a second document behind it could not be read.
    if (code || !context.json) return code;
    show(context, code.error());
    return exit_code(code.error());
}

Runner setup(CLI::App& app) {
    auto arguments = std::make_shared<UsbArguments>();
    auto chosen = std::make_shared<Runner>();
    app.require_subcommand(1);
    auto* list_app = app.add_subcommand("list", "Boards that wait for USB boot, by their port");
    auto* boot_app = app.add_subcommand("boot", "Boot a board, or several at once, over USB");
    boot_app
        ->add_option("WHAT", arguments->what, "A folder with bootcode4.bin and boot files, or a built board")
        ->type_name("DIR|BOARD")
        ->required();
    auto* port =
        boot_app->add_option("--port", arguments->selection.port, "The board at this USB port: 1-1.2");
    auto* serial =
        boot_app->add_option("--serial", arguments->selection.serial, "The board with this serial number");
    boot_app
        ->add_flag("--all", arguments->selection.all,
                   "Every board, at once, also those that are plugged in meanwhile")
        ->excludes(port)
        ->excludes(serial);
    port->excludes(serial);
    boot_app->add_flag("--overlay", arguments->overlay,
                       "Look in DIR/PORT first: files that the board at one port alone gets");
    boot_app->add_flag("--verbose", arguments->verbose, "Every step of the protocol, on standard error");
    boot_app
        ->add_option("--timeout", arguments->timeout,
                     "Seconds to wait for a board, and for it to come back after its second stage")
        ->capture_default_str()
        ->check(CLI::Range(0, 86400));
    list_app->callback([chosen] { *chosen = list; });
    boot_app->callback([chosen, arguments] {
        *chosen = [arguments](const Context& context) { return boot(context, *arguments); };
    });
    return [chosen](const Context& context) { return (*chosen)(context); };
}

}  // namespace

Command usb_command() {
    return {.name = "usb",
            .summary = "Boot boards over USB, without a card",
            .examples =
                "  rpi-kit usb list\n"
                "  rpi-kit usb boot usbboot/mass-storage-gadget64\n"
                "  rpi-kit usb boot rpi4 --port 1-1.2 --verbose\n"
                "  rpi-kit usb boot boot-files --all --json",
            .setup = setup};
}

}  // namespace rpikit::cli
