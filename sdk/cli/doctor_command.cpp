#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "sdk/boot/boot_method.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/host/sandbox.hpp"
#include "sdk/kernel/host_tools.hpp"
#include "sdk/support/text.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::cli {

namespace {

/// What a build for one board needs besides what all need.
struct BoardNeeds {
    std::string arch;
    std::vector<kernel::HostTool> tools;  ///< of its boot method
    std::optional<toolchain::Description> toolchain;
};

Result<BoardNeeds> needs_of(const Context& context, const std::string& name) {
    if (name.empty()) return BoardNeeds{};
    TRY_ASSIGN(const auto board, load_chosen_board(context, name));
    TRY_ASSIGN(const auto* method, boot::find_boot_method(board.boot.method));
    TRY_ASSIGN(auto description, toolchain::load(board.kernel.toolchain, context.toolchains));
    return BoardNeeds{.arch = board.kernel.arch, .tools = method->tools, .toolchain = std::move(description)};
}

struct Health {
    std::vector<kernel::ToolCheck> tools;
    std::optional<Result<toolchain::Toolchain>> toolchain;
    host::SandboxSupport sandbox;
};

Health examine(const host::Host& host, const BoardNeeds& needs) {
    Health health{.tools = kernel::check_host_tools(host, needs.arch, needs.tools),
                  .toolchain = {},
                  .sandbox = host::probe_sandbox(host)};
    if (needs.toolchain) health.toolchain = toolchain::find(host, *needs.toolchain);
    return health;
}

std::string line(std::string_view state, std::string_view name, std::string_view what) {
    return fmt::format("{:<8} {:<22} {}\n", state, name, what);
}

std::string table(const Health& health) {
    std::string text;
    for (const auto& check : health.tools) {
        const bool matters = check.tool.need != kernel::Need::sometimes;
        text += check.found ? line("ok", check.tool.name,
                                   check.version.empty() ? check.where
                                                         : fmt::format("{} ({})", check.where, check.version))
                            : line(matters ? "missing" : "absent", check.tool.name,
                                   fmt::format("{} (package {})", check.tool.reason, check.tool.package));
    }
    if (const auto& found = health.toolchain) {
        text += *found ? line("ok", (*found)->name,
                              fmt::format("{} ({})", (*found)->compiler.string(), (*found)->version))
                       : line("missing", "cross compiler", found->error().message);
    }
    return text + (health.sandbox.available
                       ? line("ok", "sandbox", "builds cannot write outside their folder")
                       : line("warning", "sandbox", health.sandbox.reason));
}

std::string json(const Health& health) {
    nlohmann::ordered_json tools = nlohmann::ordered_json::array();
    for (const auto& check : health.tools) {
        tools.push_back({{"name", check.tool.name},
                         {"package", check.tool.package},
                         {"found", check.found},
                         {"where", check.where},
                         {"version", check.version}});
    }
    nlohmann::ordered_json document = {
        {"tools", tools},
        {"sandbox", {{"available", health.sandbox.available}, {"reason", health.sandbox.reason}}}};
    if (const auto& found = health.toolchain) {
        document["toolchain"] = {{"found", found->has_value()},
                                 {"where", *found ? (*found)->compiler.string() : ""}};
    }
    return json_text(document);
}

struct DoctorArguments {
    std::string board;
    bool fix = false;
};

Result<int> doctor(const Context& context, const DoctorArguments& arguments) {
    TRY_ASSIGN(const auto needs, needs_of(context, arguments.board));
    auto health = examine(context.host, needs);
    const auto missing = [&] { return kernel::missing_packages(health.tools, kernel::Need::wished); };
    const auto complete = [&] { return missing().empty() && (!health.toolchain || *health.toolchain); };
    if (arguments.fix && !complete()) {
        if (const auto packages = missing(); !packages.empty()) {
            context.host.note(fmt::format("installing {}", join(packages, " ")));
            TRY(host::install_system_packages(context.host, packages));
        }
        if (needs.toolchain) TRY(toolchain::install(context.host, *needs.toolchain, false, false));
        health = examine(context.host, needs);
    }
    context.out(context.json ? json(health) : table(health));
    if (complete()) return 0;
    const auto lacking = missing();
    return fail({.message = lacking.empty() ? "the cross compiler is missing"
                                            : fmt::format("missing packages: {}", join(lacking, " ")),
                 .hint = fmt::format("rpi-kit doctor {}{}--fix", arguments.board,
                                     arguments.board.empty() ? "" : " ")});
}

}  // namespace

Command doctor_command() {
    return {.name = "doctor",
            .summary = "Check that this machine has what a kernel build needs",
            .examples =
                "  rpi-kit doctor\n"
                "  rpi-kit doctor x86_64\n"
                "  rpi-kit doctor --fix",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = std::make_shared<DoctorArguments>();
                app.add_option("BOARD", arguments->board,
                               "Also what this board's kernel and boot files need, and its cross compiler");
                app.add_flag("--fix", arguments->fix, "Install what is missing");
                return [arguments](const Context& context) { return doctor(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
