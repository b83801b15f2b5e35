#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "sdk/board/own_board.hpp"
#include "sdk/cli/build_place.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/config_derive.hpp"
#include "sdk/cli/config_report.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/kernel/host_tools.hpp"
#include "sdk/pipeline/configure_board.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

struct ConfigArguments {
    std::string board;
    pipeline::BuildOptions options;
    bool no_sandbox = false;
    bool fresh = false;
    fs::path file;     ///< --config of diff and save
    std::string name;  ///< --as
    std::string symbol;
    std::vector<std::string> settings;
    DeriveArguments derive;
};

/// A board configured and proven, and its folder locked.
struct Session {
    board::Board board;
    host::LockFile lock;
    pipeline::ConfiguredBoard configured;
    fs::path edits;   ///< what was edited for any profile
    fs::path edited;  ///< for this one; may be missing

    const kernel::BuildContext& context() const { return configured.context; }
};

/// The command to type next, with the options that say which configuration is meant.
std::string next_command(const Context& context, const ConfigArguments& arguments, std::string_view command) {
    std::string text = "rpi-kit";
    if (context.work != fs::current_path()) text += " -C " + shell_quote(context.work.string());
    text += fmt::format(" config {}", shell_quote(arguments.board));
    if (!arguments.options.profile.empty()) text += " --profile " + arguments.options.profile;
    if (arguments.options.source != "auto") text += " --source " + shell_quote(arguments.options.source);
    return fmt::format("{} {}", text, command);
}

Result<Session> open_session(const Context& context, const ConfigArguments& arguments) {
    TRY_ASSIGN(auto board, load_chosen_board(context, arguments.board));
    auto options = arguments.options;
    set_place(options, context);
    options.sandbox = !arguments.no_sandbox;
    const pipeline::BuildFolders folders(context.work, board.name);
    TRY_ASSIGN(auto lock, lock_build(context, board));
    TRY_ASSIGN(auto configured,
               pipeline::configure_board(context.host, board, options, quiet_observer(context)));
    const auto edited = folders.edits / configured.profile / "edited.config";
    return Session{.board = std::move(board),
                   .lock = std::move(lock),
                   .configured = std::move(configured),
                   .edits = folders.edits,
                   .edited = edited};
}

Result<kconfig::DotConfig> proven_config(const Session& session) {
    return kconfig::DotConfig::read(session.configured.configuration.file);
}

/// --config FILE, or what an editor left; both as this kernel would have them.
Result<kconfig::DotConfig> edited_config(const Context& context, const Session& session,
                                         const ConfigArguments& arguments) {
    if (!arguments.file.empty()) {
        return kernel::complete_configuration(context.host, session.context(), arguments.file);
    }
    std::error_code ignored;
    if (fs::exists(session.edited, ignored)) {
        return kernel::complete_configuration(context.host, session.context(), session.edited);
    }
    std::vector<std::string> others;
    for (const auto& entry : fs::directory_iterator(session.edits, ignored))
        others.push_back(entry.path().filename().string());
    Error error{
        .message = fmt::format("nothing was edited: the configuration of {}, profile {}, is as it was",
                               session.board.name, session.configured.profile),
        .hint = next_command(context, arguments, "menuconfig")};
    if (!others.empty()) error.causes.push_back("there are changes for --profile " + join(others, ", "));
    return fail(std::move(error));
}

Result<> forget_edits(const Session& session) {
    TRY(host::remove_tree(session.edited.parent_path()));
    std::error_code ignored;
    fs::remove(session.edits, ignored);  // when it was the last one
    return {};
}

Result<> require_terminal(const Context& context, const ConfigArguments& arguments,
                          const std::string& editor) {
    const auto term = context.host.environment.get("TERM").value_or("dumb");
    if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && term != "dumb") return {};
    return fail({.message = fmt::format("{} needs a terminal", editor),
                 .hint = next_command(context, arguments, "set SYMBOL=VALUE"),
                 .kind = ErrorKind::usage});
}

Result<> require_menu_headers(const host::Host& host) {
    const auto check = kernel::check_host_tool(host, "ncurses.h");
    if (check.found) return {};
    host.note(fmt::format("installing {}: {}", check.tool.package, check.tool.reason));
    return host::install_system_packages(host, {check.tool.package});
}

Result<int> edit(const Context& context, const ConfigArguments& arguments, const std::string& editor) {
    TRY(require_terminal(context, arguments, editor));
    TRY_ASSIGN(const auto session, open_session(context, arguments));
    TRY(require_menu_headers(context.host));
    TRY_ASSIGN(const auto proven, proven_config(session));
    std::error_code ignored;
    if (arguments.fresh || !fs::exists(session.edited, ignored)) {
        TRY(host::make_directories(session.edited.parent_path()));
        TRY_ASSIGN(const auto text, host::read_file(session.configured.configuration.file));
        TRY(host::write_file(session.edited, text));
    } else {
        context.host.note("going on with the changes that were not saved yet; --fresh starts anew");
    }
    TRY(kernel::edit_configuration(context.host, session.context(), editor, session.edited));
    TRY_ASSIGN(const auto edited, kconfig::DotConfig::read(session.edited));
    const auto changes = kernel::compare(proven, edited);
    if (changes.empty()) {
        TRY(forget_edits(session));
        context.host.note("nothing was changed");
        return 0;
    }
    context.out(context.json ? to_json(SavedConfiguration{.changes = changes}) : changes_text(changes));
    context.host.note(fmt::format("next: {}", next_command(context, arguments, "save")));
    return 0;
}

Result<int> diff(const Context& context, const ConfigArguments& arguments) {
    TRY_ASSIGN(const auto session, open_session(context, arguments));
    TRY_ASSIGN(const auto edited, edited_config(context, session, arguments));
    TRY_ASSIGN(const auto proven, proven_config(session));
    const auto changes = kernel::compare(proven, edited);
    if (changes.empty()) context.host.note("no difference");
    context.out(context.json ? to_json(SavedConfiguration{.changes = changes}) : changes_text(changes));
    return 0;
}

/// Writes the user's fragment and board file and tells of it.
Result<> write_back(const Context& context, const Session& session, const ConfigArguments& arguments,
                    const board::OwnBoard& own, const kernel::FragmentChange& change,
                    std::vector<kernel::Change> changes) {
    std::error_code ignored;
    std::string fragment;
    if (fs::exists(own.addition, ignored)) {
        TRY_ASSIGN(fragment, host::read_file(own.addition));
    }
    TRY(board::write_own_board(own, kernel::apply(fragment, change), context.boards));
    if (context.json) {
        context.out(to_json(SavedConfiguration{.changes = std::move(changes),
                                               .lines = change.add,
                                               .fragment = own.addition,
                                               .board = own.file}));
        return {};
    }
    for (const auto& line : change.add)
        context.out(kconfig::to_line(line) + '\n');
    context.host.note(fmt::format("{} {}, named by {} for profile {}", own.addition.string(),
                                  fragment.empty() ? "made" : "changed", own.file.string(),
                                  session.configured.profile));
    if (!arguments.name.empty()) context.host.note(fmt::format("next: rpi-kit build {}", arguments.name));
    return {};
}

Result<board::OwnBoard> own_board(const Context& context, const Session& session,
                                  const ConfigArguments& arguments) {
    return board::plan_own_board(session.board, session.configured.profile, context.work / "boards",
                                 context.boards.folders.back(), arguments.name);
}

Result<int> save(const Context& context, const ConfigArguments& arguments) {
    TRY_ASSIGN(const auto session, open_session(context, arguments));
    TRY_ASSIGN(const auto edited, edited_config(context, session, arguments));
    TRY_ASSIGN(const auto proven, proven_config(session));
    auto changes = kernel::compare(proven, edited);
    if (changes.empty()) {
        return fail({.message = "there is nothing to save: the edited configuration is the proven one",
                     .hint = next_command(context, arguments, "menuconfig")});
    }
    TRY_ASSIGN(const auto own, own_board(context, session, arguments));
    TRY_ASSIGN(const auto change, kernel::minimal_change(context.host, session.context(),
                                                         session.configured.request, edited, own.addition));
    TRY(write_back(context, session, arguments, own, change, std::move(changes)));
    if (arguments.file.empty()) TRY(forget_edits(session));
    return 0;
}

Result<int> set(const Context& context, const ConfigArguments& arguments) {
    TRY(kernel::collect_requests({.base = "", .settings = arguments.settings}));
    TRY_ASSIGN(const auto session, open_session(context, arguments));
    TRY_ASSIGN(const auto own, own_board(context, session, arguments));
    TRY_ASSIGN(auto proven, kernel::prove_settings(context.host, session.context(),
                                                   session.configured.request, arguments.settings));
    TRY_ASSIGN(const auto before, proven_config(session));
    auto changes = kernel::compare(before, proven.config);
    for (const auto& change : changes) {
        if (!context.json)
            context.host.note(fmt::format("{}: {} -> {}", change.symbol, change.before, change.after));
    }
    TRY(write_back(context, session, arguments, own, {.add = std::move(proven.settings), .drop = {}},
                   std::move(changes)));
    return 0;
}

Result<int> show(const Context& context, const ConfigArguments& arguments) {
    TRY_ASSIGN(const auto session, open_session(context, arguments));
    TRY_ASSIGN(const auto config, proven_config(session));
    auto symbol = arguments.symbol;
    if (symbol.starts_with("CONFIG_")) symbol.erase(0, 7);
    TRY_ASSIGN(const auto report, kernel::report_symbol(context.host, session.context(),
                                                        session.configured.request, config, symbol));
    const auto& base = session.configured.request.base;
    const auto decides = fmt::format("the base {}", base.empty() ? "defconfig" : base);
    context.out(context.json ? symbol_json(report, decides) : symbol_text(report, decides));
    return 0;
}

using Action = Result<int> (*)(const Context&, const ConfigArguments&);

void add_common_options(CLI::App& app, ConfigArguments& arguments) {
    app.add_option("BOARD", arguments.board, "Board's name (rpi-kit board list) or path to its .toml")
        ->required();
    app.add_option("--profile", arguments.options.profile,
                   "Kernel configuration: board, lean, tiny or vendor (default: what the board's file says)");
    app.add_option("--source", arguments.options.source,
                   "Kernel source: auto, a name from the board's list, dir:FOLDER or archive:FILE-OR-URL")
        ->capture_default_str();
    app.add_flag("--offline", arguments.options.offline, "Use only what is there already");
    app.add_flag("--no-sandbox", arguments.no_sandbox, "Run make without bubblewrap around it");
}

Runner setup(CLI::App& app) {
    auto arguments = std::make_shared<ConfigArguments>();
    auto chosen = std::make_shared<Runner>();
    add_common_options(app, *arguments);
    app.require_subcommand(1);
    const auto add = [&](const char* name, const char* summary, Action action) {
        auto* sub = app.add_subcommand(name, summary);
        sub->callback([=] { *chosen = [=](const Context& context) { return action(context, *arguments); }; });
        return sub;
    };
    auto* menuconfig =
        add("menuconfig", "Edit in the kernel's own menus; nothing is built or saved by it",
            [](const Context& c, const ConfigArguments& a) { return edit(c, a, "menuconfig"); });
    auto* nconfig = add("nconfig", "The same with the kernel's other menus",
                        [](const Context& c, const ConfigArguments& a) { return edit(c, a, "nconfig"); });
    for (auto* sub : {menuconfig, nconfig})
        sub->add_flag("--fresh", arguments->fresh, "Drop changes that were not saved");
    auto* diff_app = add("diff", "What was edited, against the proven configuration", diff);
    auto* save_app =
        add("save", "Write what was edited into your board file, as the smallest fragment", save);
    for (auto* sub : {diff_app, save_app}) {
        sub->add_option("--config", arguments->file, "This .config instead of what was edited")
            ->check(CLI::ExistingFile);
    }
    add("show", "A symbol's value, who asked for it, what it depends on and what selects it", show)
        ->add_option("SYMBOL", arguments->symbol, "With or without CONFIG_")
        ->required();
    auto* set_app = add("set", "Ask for symbols in your board file, once they are proven to take", set);
    set_app->add_option("SETTING", arguments->settings, "HZ=300, WLAN=n")
        ->type_name("SYMBOL=VALUE")
        ->required();
    auto* derive_app =
        add("derive", "What each device of the board needs of the kernel: driver, symbols, dependencies",
            [](const Context& c, const ConfigArguments& a) {
                auto derive_arguments = a.derive;
                derive_arguments.board = a.board;
                derive_arguments.options = a.options;
                derive_arguments.options.sandbox = !a.no_sandbox;
                return derive(c, derive_arguments);
            });
    derive_app->add_flag("--explain", arguments->derive.explain, "Every symbol, too, with what asked for it");
    derive_app->add_flag("--fragment", arguments->derive.fragment,
                         "Print the symbols as a configuration fragment instead");
    derive_app
        ->add_option("--from-modalias", arguments->derive.modaliases,
                     "The devices of a running machine instead of the board's: a file with its modaliases, "
                     "ssh:HOST, or - for standard input")
        ->type_name("FILE");
    for (auto* sub : {save_app, set_app})
        sub->add_option("--as", arguments->name, "Name of your board (default: the board's own)");
    return [chosen](const Context& context) { return (*chosen)(context); };
}

}  // namespace

pipeline::Observer quiet_observer(const Context& context) {
    auto& display = context.display;
    return {
        .begin = [&display](std::size_t number, std::size_t count,
                            const pipeline::Stage& stage) { display.begin(number, count, stage.title); },
        .progress = [&display](std::uint64_t done, std::uint64_t total) { display.progress(done, total); },
        .end =
            [&display](const pipeline::Stage&, const pipeline::Decision& decision,
                       const pipeline::Outcome& outcome) {
                display.end(decision.runs ? outcome.summary : "up to date: " + outcome.summary);
            },
        .fail = [&display](const pipeline::Stage&) { display.fail(); }};
}

Command config_command() {
    return {
        .name = "config",
        .summary = "Look at a board's kernel configuration, edit it, and keep the changes in a board file",
        .examples =
            "  rpi-kit config rpi4 menuconfig\n"
            "  rpi-kit config rpi4 diff\n"
            "  rpi-kit config rpi4 save\n"
            "  rpi-kit config rpi4 show BRCMFMAC\n"
            "  rpi-kit config rpi4 set HZ=300 WLAN=n\n"
            "  rpi-kit config rpi4 derive --explain\n"
            "  rpi-kit config x86_64 derive --from-modalias ssh:box",
        .setup = setup};
}

}  // namespace rpikit::cli
