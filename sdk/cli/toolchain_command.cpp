#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/cli/toolchain_report.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/support/text.hpp"
#include "sdk/toolchain/check.hpp"
#include "sdk/toolchain/shell_exports.hpp"
#include "sdk/toolchain/store.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::cli {

namespace {

using nlohmann::ordered_json;

struct ToolchainArguments {
    std::string name;
    std::string shell = "sh";
    bool into_store = false;
    bool tarball = false;
    bool offline = false;
    bool dry_run = false;
};

ordered_json toolchain_json(const toolchain::Toolchain& found) {
    return {{"name", found.name},
            {"version", found.version},
            {"compiler", found.compiler.string()},
            {"origin", found.origin}};
}

std::string trials_json(const toolchain::Toolchain& tried, const std::vector<toolchain::Trial>& trials) {
    auto document = toolchain_json(tried);
    document["trials"] = ordered_json::array();
    for (const auto& trial : trials) {
        document["trials"].push_back({{"what", trial.what},
                                      {"passed", trial.passed},
                                      {"found", trial.found},
                                      {"detail", trial.detail}});
    }
    return json_text(document);
}

Result<toolchain::Toolchain> find(const Context& context, const ToolchainArguments& arguments) {
    TRY_ASSIGN(const auto description, toolchain::load(arguments.name, context.toolchains));
    return toolchain::find(context.host, description);
}

Result<int> list(const Context& context, const ToolchainArguments&) {
    TRY_ASSIGN(const auto descriptions, toolchain::load_all(context.toolchains));
    ordered_json rows = ordered_json::array();
    std::string text;
    for (const auto& description : descriptions) {
        const auto found = toolchain::find(context.host, description);
        const auto state = found ? fmt::format("{} ({})", found->version, found->origin) : "not installed";
        text += fmt::format("{:<22} {:<20} {}\n", description.name, state, description.description);
        rows.push_back(found ? toolchain_json(*found) : ordered_json{{"name", description.name}});
    }
    context.out(context.json ? json_text(ordered_json{{"toolchains", rows}}) : text);
    return 0;
}

int print(const Context& context, const toolchain::Toolchain& found) {
    context.out(context.json ? json_text(toolchain_json(found)) : found.compiler.string() + '\n');
    return 0;
}

Result<int> which(const Context& context, const ToolchainArguments& arguments) {
    TRY_ASSIGN(const auto found, find(context, arguments));
    return print(context, found);
}

Result<int> install(const Context& context, const ToolchainArguments& arguments) {
    TRY_ASSIGN(const auto description, toolchain::load(arguments.name, context.toolchains));
    if (arguments.dry_run) {
        context.out(install_plan(context.host, description, arguments.into_store, arguments.tarball));
        return 0;
    }
    context.display.begin(1, 1, "install " + arguments.name);
    const auto progress = [&](std::uint64_t done, std::uint64_t total) {
        context.display.progress(done, total);
    };
    auto installed = arguments.tarball
                         ? toolchain::install_tarball(context.host, description, arguments.offline, progress)
                         : toolchain::install(context.host, description, arguments.into_store,
                                              arguments.offline, progress);
    if (!installed) {
        context.display.fail();
        return fail(std::move(installed).error());
    }
    context.display.end(fmt::format("{} ({})", installed->version, installed->origin));
    return print(context, *installed);
}

/// What of a toolchain's packages is not there, as the command that installs it.
std::string repair_hint(const Context& context, const toolchain::Description& description) {
    const auto missing = host::missing_system_packages(context.host, description.packages);
    if (missing && !missing->empty()) return shell_quote(host::install_command(*missing, false));
    return fmt::format("rpi-kit toolchain install {} --store", description.name);
}

Result<int> check(const Context& context, const ToolchainArguments& arguments) {
    TRY_ASSIGN(const auto description, toolchain::load(arguments.name, context.toolchains));
    TRY_ASSIGN(const auto found, toolchain::find(context.host, description));
    TRY_ASSIGN(const auto trials, toolchain::try_out(context.host, found));
    context.out(context.json ? trials_json(found, trials) : trials_text(found, trials));
    std::vector<std::string> failed;
    std::string detail;
    for (const auto& trial : trials) {
        if (trial.passed) continue;
        failed.push_back(trial.what);
        detail += trial.detail;
    }
    if (failed.empty()) return 0;
    return fail({.message = fmt::format("the toolchain {} cannot do all that it is for", found.name),
                 .causes = {fmt::format("it fails where it {}", join(failed, ", "))},
                 .detail = std::move(detail),
                 .hint = repair_hint(context, description)});
}

Result<int> environment(const Context& context, const ToolchainArguments& arguments) {
    TRY_ASSIGN(const auto found, find(context, arguments));
    const auto exports = toolchain::exports_of(found);
    if (!context.json) {
        const auto shell = arguments.shell == "fish" ? toolchain::Shell::fish : toolchain::Shell::posix;
        context.out(toolchain::shell_text(exports, shell));
        return 0;
    }
    ordered_json variables = ordered_json::object();
    for (const auto& [name, value] : exports.variables)
        variables[name] = value;
    context.out(json_text(ordered_json{{"variables", variables}, {"path", exports.path}}));
    return 0;
}

/// Nothing of it lies in the store: the system's packages are the user's to remove.
Error not_stored(const Context& context, const std::string& name) {
    const auto description = toolchain::load(name, context.toolchains);
    if (!description) return description.error();
    Error error{.message = fmt::format("the toolchain {} is not in rpi-kit's store", name)};
    const auto found = toolchain::find(context.host, *description);
    if (!found) return error;
    error.causes = {fmt::format("it is the system's: {}", found->compiler.string())};
    error.hint = "sudo apt-get remove " + join(description->packages, " ");
    return error;
}

Result<int> uninstall(const Context& context, const ToolchainArguments& arguments) {
    TRY_ASSIGN(const auto removed, toolchain::uninstall(context.host, arguments.name, arguments.dry_run));
    if (removed.empty()) return fail(not_stored(context, arguments.name));
    std::uint64_t bytes = 0;
    for (const auto& installation : removed)
        bytes += installation.bytes;
    if (context.json) {
        const ordered_json document = {
            {"name", arguments.name}, {"removed", !arguments.dry_run}, {"bytes", bytes}};
        context.out(json_text(document));
    } else {
        context.out(fmt::format("{} {}, {}\n", arguments.dry_run ? "would remove" : "removed",
                                toolchain::store_folder(context.host, arguments.name).string(),
                                format_size(bytes)));
    }
    return 0;
}

Result<int> disk_usage(const Context& context, const ToolchainArguments&) {
    ordered_json rows = ordered_json::array();
    std::string text;
    std::uint64_t total = 0;
    for (const auto& name : toolchain::stored_names(context.host)) {
        TRY_ASSIGN(const auto all, toolchain::installations(context.host, name));
        for (const auto& each : all) {
            total += each.bytes;
            rows.push_back({{"name", name},
                            {"bytes", each.bytes},
                            {"in_use", each.current},
                            {"folder", each.folder.string()}});
            text += fmt::format("{:>10}  {:<22} {}{}\n", format_size(each.bytes), name, each.folder.string(),
                                each.current ? "" : "  (an older one)");
        }
    }
    text += fmt::format("{:>10}  in all\n", format_size(total));
    context.out(context.json ? json_text(ordered_json{{"installations", rows}, {"bytes", total}}) : text);
    return 0;
}

using Action = Result<int> (*)(const Context&, const ToolchainArguments&);

Runner setup(CLI::App& app) {
    auto arguments = std::make_shared<ToolchainArguments>();
    auto chosen = std::make_shared<Runner>();
    app.require_subcommand(1);
    const auto add = [&](const char* name, const char* summary, Action action, bool named = true) {
        auto* sub = app.add_subcommand(name, summary);
        sub->callback([=] { *chosen = [=](const Context& context) { return action(context, *arguments); }; });
        if (named) sub->add_option("NAME", arguments->name, "Name from 'toolchain list'")->required();
        return sub;
    };
    add("list", "Every toolchain and whether it is installed", list, false);
    add("which", "Path of the compiler that a build would use", which);
    auto* install_app = add("install", "Install a toolchain", install);
    auto* store = install_app->add_flag("--store", arguments->into_store,
                                        "Packages into rpi-kit's own store: no root needed");
    install_app->add_flag("--tarball", arguments->tarball, "Its makers' archive into the store")
        ->excludes(store);
    install_app->add_flag("--offline", arguments->offline, "Use only what was downloaded before");
    add("check", "Try it: target, objects for a kernel, programs in C and C++", check);
    add("env", "Print ARCH, CROSS_COMPILE and PATH for eval", environment)
        ->add_option("--shell", arguments->shell, "sh or fish")
        ->capture_default_str()
        ->check(CLI::IsMember({"sh", "fish"}));
    auto* uninstall_app = add("uninstall", "Remove it from the store; the system's packages stay", uninstall);
    for (auto* sub : {install_app, uninstall_app})
        sub->add_flag("--dry-run", arguments->dry_run, "Say what would be done; do nothing");
    add("du", "What each in the store takes up", disk_usage, false);
    return [chosen](const Context& context) { return (*chosen)(context); };
}

}  // namespace

Command toolchain_command() {
    return {.name = "toolchain",
            .summary = "List, install, try and remove cross compilers",
            .examples =
                "  rpi-kit toolchain list\n"
                "  rpi-kit toolchain install aarch64-linux-gnu --store\n"
                "  rpi-kit toolchain which aarch64-linux-gnu\n"
                "  rpi-kit toolchain check aarch64-linux-gnu\n"
                "  eval \"$(rpi-kit toolchain env aarch64-linux-gnu)\"\n"
                "  rpi-kit toolchain uninstall aarch64-linux-gnu",
            .setup = setup};
}

}  // namespace rpikit::cli
