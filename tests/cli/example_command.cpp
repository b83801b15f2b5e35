#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"

namespace rpikit::cli {

Command hello_command() {
    return {.name = "hello",
            .summary = "Greet a board",
            .examples = "  rpi-kit hello rpi4",
            .setup = [](CLI::App& app) -> Runner {
                auto name = std::make_shared<std::string>();
                app.add_option("BOARD", *name, "Board's name")->required();
                return [name](const Context& context) -> Result<int> {
                    TRY_ASSIGN(const auto board, board::load_board(*name, context.boards));
                    const auto greeting = "hello " + board.description;
                    context.out(context.json ? json_text(nlohmann::json{{"greeting", greeting}})
                                             : greeting + "\n");
                    return 0;
                };
            }};
}

}  // namespace rpikit::cli
