#include "sdk/cli/declaration.hpp"

#include <CLI/CLI.hpp>

namespace rpikit::cli {

namespace {

void declare_command(CLI::App& app, const Command& command, Declared& declared) {
    auto* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
    sub->footer("Examples:\n" + std::string(command.examples));
    if (!command.details.empty()) sub->footer(sub->get_footer() + "\n\n" + command.details);
    if (command.hidden) sub->group("");
    auto runner = command.setup(*sub);
    sub->callback([&declared, runner, lines = command.json_lines] {
        declared.runner = runner;
        declared.json_lines = lines;
    });
}

}  // namespace

void declare(CLI::App& app, Declared& declared) {
    app.name("rpi-kit");
    app.description("From a board's name to a booting SD card.");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_flag("--version", declared.version, "The version, and those of the libraries in use");
    app.add_option(
           "-C,--work", declared.work,
           "Work folder: images go to out/BOARD below it, pins to rpi-kit.lock (default: this folder)")
        ->type_name("FOLDER");
    app.add_flag("--json", declared.json, "Answer in JSON on standard output");
    app.footer("Start with: rpi-kit build rpi4");
    for (const auto& command : commands())
        declare_command(app, command, declared);
    describe_settings(app);
}

}  // namespace rpikit::cli
