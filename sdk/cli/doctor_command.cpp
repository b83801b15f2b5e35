#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/command.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/host/sandbox.hpp"
#include "sdk/kernel/host_tools.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

std::string table(const std::vector<kernel::ToolCheck>& checks, const host::SandboxSupport& sandbox) {
    std::string text;
    for (const auto& check : checks) {
        text +=
            fmt::format("{:<8} {:<22} {}\n", check.found ? "ok" : "missing", check.tool.name,
                        check.found ? check.where
                                    : fmt::format("{} (package {})", check.tool.reason, check.tool.package));
    }
    text += fmt::format("{:<8} {:<22} {}\n", sandbox.available ? "ok" : "warning", "sandbox",
                        sandbox.available ? "builds cannot write outside their folder" : sandbox.reason);
    return text;
}

std::string json(const std::vector<kernel::ToolCheck>& checks, const host::SandboxSupport& sandbox) {
    nlohmann::ordered_json tools = nlohmann::ordered_json::array();
    for (const auto& check : checks) {
        tools.push_back({{"name", check.tool.name},
                         {"package", check.tool.package},
                         {"found", check.found},
                         {"where", check.where}});
    }
    const nlohmann::ordered_json document = {
        {"tools", tools}, {"sandbox", {{"available", sandbox.available}, {"reason", sandbox.reason}}}};
    return document.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

Result<int> doctor(const Context& context, bool fix) {
    auto checks = kernel::check_host_tools(context.host);
    auto missing = kernel::missing_packages(checks, kernel::Need::wished);
    if (fix && !missing.empty()) {
        context.host.note(fmt::format("installing {}", join(missing, " ")));
        TRY(host::install_system_packages(context.host, missing));
        checks = kernel::check_host_tools(context.host);
        missing = kernel::missing_packages(checks, kernel::Need::wished);
    }
    const auto sandbox = host::probe_sandbox(context.host);
    context.out(context.json ? json(checks, sandbox) : table(checks, sandbox));
    if (missing.empty()) return 0;
    return fail(
        {.message = fmt::format("{} of {} tools are missing",
                                std::ranges::count(checks, false, &kernel::ToolCheck::found), checks.size()),
         .hint = "rpi-kit doctor --fix"});
}

}  // namespace

Command doctor_command() {
    return {.name = "doctor",
            .summary = "Check that this machine has what a kernel build needs",
            .examples = "  rpi-kit doctor\n  rpi-kit doctor --fix",
            .setup = [](CLI::App& app) -> Runner {
                auto fix = std::make_shared<bool>(false);
                app.add_flag("--fix", *fix, "Install what is missing");
                return [fix](const Context& context) { return doctor(context, *fix); };
            }};
}

}  // namespace rpikit::cli
