#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/command.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::cli {

namespace {

struct ToolchainArguments {
    std::string name;
    bool into_store = false;
    bool offline = false;
};

nlohmann::ordered_json found_json(const toolchain::Toolchain& found) {
    return {{"name", found.name},
            {"version", found.version},
            {"compiler", found.compiler.string()},
            {"origin", found.origin}};
}

Result<int> list(const Context& context) {
    TRY_ASSIGN(const auto descriptions, toolchain::load_all(context.toolchains));
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    std::string text;
    for (const auto& description : descriptions) {
        const auto found = toolchain::find(context.host, description);
        const auto state = found ? fmt::format("{} ({})", found->version, found->origin) : "not installed";
        text += fmt::format("{:<22} {:<20} {}\n", description.name, state, description.description);
        rows.push_back(found ? found_json(*found) : nlohmann::ordered_json{{"name", description.name}});
    }
    context.out(context.json ? nlohmann::ordered_json{{"toolchains", rows}}.dump(1) + '\n' : text);
    return 0;
}

int print(const Context& context, const toolchain::Toolchain& found) {
    context.out(context.json ? found_json(found).dump(1) + '\n' : found.compiler.string() + '\n');
    return 0;
}

Result<int> which(const Context& context, const ToolchainArguments& arguments) {
    TRY_ASSIGN(const auto description, toolchain::load(arguments.name, context.toolchains));
    TRY_ASSIGN(const auto found, toolchain::find(context.host, description));
    return print(context, found);
}

Result<int> install(const Context& context, const ToolchainArguments& arguments) {
    TRY_ASSIGN(const auto description, toolchain::load(arguments.name, context.toolchains));
    context.display.begin(1, 1, "install " + arguments.name);
    auto installed = toolchain::install(
        context.host, description, arguments.into_store, arguments.offline,
        [&](std::uint64_t done, std::uint64_t total) { context.display.progress(done, total); });
    if (!installed) {
        context.display.fail();
        return fail(std::move(installed).error());
    }
    context.display.end(fmt::format("{} ({})", installed->version, installed->origin));
    return print(context, *installed);
}

Runner setup(CLI::App& app) {
    auto arguments = std::make_shared<ToolchainArguments>();
    auto chosen = std::make_shared<Runner>();
    app.require_subcommand(1);
    auto* list_app = app.add_subcommand("list", "Every toolchain and whether it is installed");
    auto* which_app = app.add_subcommand("which", "Path of the compiler that a build would use");
    auto* install_app = app.add_subcommand("install", "Install a toolchain");
    for (auto* sub : {which_app, install_app}) {
        sub->add_option("NAME", arguments->name, "Name from 'toolchain list'")->required();
    }
    install_app->add_flag("--store", arguments->into_store, "Into rpi-kit's own store: no root needed");
    install_app->add_flag("--offline", arguments->offline, "Use only packages that were downloaded before");
    list_app->callback([chosen] { *chosen = list; });
    which_app->callback([chosen, arguments] {
        *chosen = [arguments](const Context& context) { return which(context, *arguments); };
    });
    install_app->callback([chosen, arguments] {
        *chosen = [arguments](const Context& context) { return install(context, *arguments); };
    });
    return [chosen](const Context& context) { return (*chosen)(context); };
}

}  // namespace

Command toolchain_command() {
    return {.name = "toolchain",
            .summary = "List, find and install cross compilers",
            .examples =
                "  rpi-kit toolchain list\n"
                "  rpi-kit toolchain install aarch64-linux-gnu --store\n"
                "  rpi-kit toolchain which aarch64-linux-gnu",
            .setup = setup};
}

}  // namespace rpikit::cli
