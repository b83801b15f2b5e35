#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

namespace {

Result<int> list_boards(const Context& context) {
    nlohmann::ordered_json boards = nlohmann::ordered_json::array();
    std::string text;
    for (const auto& name : board::list_boards(context.boards)) {
        const auto board = board::load_board(name, context.boards);
        if (!board) {
            // One file's mistakes do not hide the other boards.
            context.host.warn(fmt::format("{}: {}", name, board.error().message));
            continue;
        }
        text += fmt::format("{:<12} {:<8} {}\n", name, board->kernel.arch, board->description);
        boards.push_back({{"name", name},
                          {"arch", board->kernel.arch},
                          {"description", board->description},
                          {"file", board->file.string()}});
    }
    context.out(context.json ? nlohmann::ordered_json{{"boards", boards}}.dump(1) + '\n' : text);
    return 0;
}

}  // namespace

Command board_command() {
    return {.name = "board",
            .summary = "Show the boards that can be built",
            .examples = "  rpi-kit board list",
            .setup = [](CLI::App& app) -> Runner {
                app.require_subcommand(1);
                app.add_subcommand("list", "Name, architecture and description of every board");
                return list_boards;
            }};
}

}  // namespace rpikit::cli
