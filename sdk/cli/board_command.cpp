#include <CLI/CLI.hpp>
#include <memory>

#include "sdk/cli/board_commands.hpp"

namespace rpikit::cli {

namespace {

struct BoardArguments {
    std::string name;
    std::vector<std::string> files;
    bool resolved = false;
    bool markdown = false;
    NewBoardArguments new_board;
};

using Arguments = std::shared_ptr<BoardArguments>;
using Chosen = std::shared_ptr<Runner>;

void add_show(CLI::App& app, const Arguments& arguments, const Chosen& chosen) {
    auto* sub = app.add_subcommand("show", "What a board is made of");
    sub->add_option("BOARD", arguments->name, "Name from 'board list', or a .toml file")->required();
    sub->add_flag("--resolved", arguments->resolved, "Every value with the file and line that it comes from");
    sub->footer("Examples:\n  rpi-kit board show rpi4\n  rpi-kit board show rpi4 --resolved | grep cmdline");
    sub->callback([=] {
        *chosen = [=](const Context& context) {
            return show_board(context, arguments->name, arguments->resolved);
        };
    });
}

void add_check(CLI::App& app, const Arguments& arguments, const Chosen& chosen) {
    auto* sub = app.add_subcommand("check", "Tell all mistakes of board files, as a compiler does");
    sub->add_option("FILE", arguments->files, "Board files, or names from 'board list'")->required();
    sub->footer(
        "Examples:\n  rpi-kit board check boards/gateway.toml\n  rpi-kit board check boards/*.toml --json");
    sub->callback(
        [=] { *chosen = [=](const Context& context) { return check_boards(context, arguments->files); }; });
}

void add_new(CLI::App& app, const Arguments& arguments, const Chosen& chosen) {
    auto* sub = app.add_subcommand("new", "Write a board file to start with");
    auto& wanted = arguments->new_board;
    sub->add_option("NAME", wanted.name, "Name of the new board")->required();
    auto* start = sub->add_option_group("Start", "What it starts from");
    start->add_option("--from", wanted.from, "A board that is there")->type_name("BOARD");
    start->add_option("--soc", wanted.soc, "A system on a chip: a file in boards/soc")->type_name("NAME");
    start->add_option("--dtb", wanted.dtb, "The board's device tree, as the kernel builds it")
        ->type_name("FILE");
    start->require_option(1);
    sub->add_flag("--user", wanted.user, "For all work folders: into $XDG_CONFIG_HOME/rpi-kit/boards");
    sub->add_flag("--dry-run", wanted.dry_run, "Print the file instead of writing it");
    sub->footer(
        "Examples:\n  rpi-kit board new gateway --from rpi4\n"
        "  rpi-kit board new mybox --dtb arch/arm64/boot/dts/vendor/mybox.dtb\n"
        "  rpi-kit board new carrier --soc bcm2711 --dry-run");
    sub->callback(
        [=] { *chosen = [=](const Context& context) { return new_board(context, arguments->new_board); }; });
}

void add_edit(CLI::App& app, const Arguments& arguments, const Chosen& chosen) {
    auto* sub = app.add_subcommand("edit", "Change a board in an editor; one of rpi-kit's own in a copy");
    sub->add_option("BOARD", arguments->name, "Name from 'board list', or a .toml file")->required();
    sub->footer("Examples:\n  rpi-kit board edit rpi4\n  VISUAL=nano rpi-kit board edit boards/gateway.toml");
    sub->callback(
        [=] { *chosen = [=](const Context& context) { return edit_board(context, arguments->name); }; });
}

void add_schema(CLI::App& app, const Arguments& arguments, const Chosen& chosen) {
    auto* sub = app.add_subcommand("schema", "Print the JSON Schema of board files, for editors");
    sub->add_flag("--markdown", arguments->markdown, "The reference page instead");
    sub->footer("Examples:\n  rpi-kit board schema > boards/board.schema.json");
    sub->callback([=] {
        *chosen = [=](const Context& context) { return print_board_schema(context, arguments->markdown); };
    });
}

Runner setup(CLI::App& app) {
    const auto arguments = std::make_shared<BoardArguments>();
    const auto chosen = std::make_shared<Runner>();
    app.require_subcommand(1);
    auto* list = app.add_subcommand("list", "Every board, and which file it is");
    list->footer("Examples:\n  rpi-kit board list\n  rpi-kit board list --json");
    list->callback([=] { *chosen = list_boards; });
    add_show(app, arguments, chosen);
    add_check(app, arguments, chosen);
    add_new(app, arguments, chosen);
    add_edit(app, arguments, chosen);
    add_schema(app, arguments, chosen);
    return [chosen](const Context& context) { return (*chosen)(context); };
}

}  // namespace

Command board_command() {
    return {.name = "board",
            .summary = "Show, check and write the boards that can be built",
            .examples =
                "  rpi-kit board list\n"
                "  rpi-kit board show rpi4 --resolved\n"
                "  rpi-kit board new gateway --from rpi4\n"
                "  rpi-kit board check boards/gateway.toml",
            .setup = setup};
}

}  // namespace rpikit::cli
