#include "sdk/cli/app.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "sdk/boot/boot_method.hpp"
#include "sdk/cli/declaration.hpp"
#include "sdk/cli/settings.hpp"
#include "sdk/cli/version.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

/// Size and time of our own file: an image made by another version of the program is made anew.
std::string program_identity(const fs::path& program) {
    struct stat status{};
    if (::stat(program.c_str(), &status) != 0) return "unknown";
    return fmt::format("{} {}.{}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

bool is_data_folder(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_directory(folder / "boards", ignored) && fs::is_directory(folder / "toolchains", ignored);
}

/// The folder that holds boards/ and toolchains/: what the setting names, where `cmake --install` puts data,
/// seen from the program, or the checkout it was built in.
fs::path data_folder(const Invocation& invocation, const Settings& settings) {
    if (const auto chosen = settings.given("data")) return *chosen;
    const auto folder = invocation.program.parent_path();
    const auto installed = folder.parent_path() / "share" / "rpi-kit";
    if (is_data_folder(installed)) return installed;
    for (auto checkout = folder; checkout.has_relative_path(); checkout = checkout.parent_path()) {
        if (is_data_folder(checkout)) return checkout;
    }
    return installed;
}

Result<fs::path> cache_folder(const host::Environment& environment, const Settings& settings) {
    if (const auto chosen = settings.given("cache")) return *chosen;
    if (const auto cache = environment.get("XDG_CACHE_HOME"); cache && cache->starts_with('/')) {
        return fs::path(*cache) / "rpi-kit";
    }
    if (const auto home = environment.get("HOME"); home && home->starts_with('/')) {
        return fs::path(*home) / ".cache" / "rpi-kit";
    }
    return fail({.message = "no folder for the cache: neither XDG_CACHE_HOME nor HOME is set",
                 .hint = "XDG_CACHE_HOME=/some/folder rpi-kit ...",
                 .kind = ErrorKind::usage});
}

/// Where the user's boards for all work folders are; empty without a home.
fs::path user_boards(const host::Environment& environment) {
    const auto folder = user_config_folder(environment);
    return folder ? *folder / "boards" : fs::path();
}

/// In the order of precedence (docs/adding-a-board.md), the installed boards last; with the names of what a
/// descriptor may refer to, so that a wrong one is found when it is read.
board::SearchPath search_path(const Invocation& invocation, const Settings& settings, const fs::path& work,
                              const fs::path& data) {
    std::vector<fs::path> folders = {work / "boards", invocation.working_directory / "boards",
                                     user_boards(invocation.environment)};
    const auto more = settings.given("board-path").value_or("");
    for (const auto folder : split(more, ':')) {
        if (!folder.empty()) folders.emplace_back(folder);
    }
    folders.push_back(data / "boards");
    board::SearchPath search{.folders = {}, .toolchains = data / "toolchains"};
    for (const auto& folder : folders) {
        if (!folder.empty() && std::ranges::find(search.folders, folder) == search.folders.end())
            search.folders.push_back(folder);
    }
    for (const auto* method : boot::boot_methods())
        search.boot_methods.emplace_back(method->name);
    return search;
}

Error unknown_command(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& command : commands())
        names.emplace_back(command.name);
    const auto near = near_match(name, names);
    return {.message = fmt::format("there is no command '{}'", name),
            .hint = near ? "rpi-kit " + *near : "rpi-kit --help",
            .kind = ErrorKind::usage};
}

/// CLI11 takes a mistyped command for a missing one; this finds it first.
std::optional<Error> check_command(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& argument = arguments[i];
        if (argument == "-C" || argument == "--work") {
            ++i;
        } else if (!argument.starts_with('-')) {
            const auto known =
                std::ranges::any_of(commands(), [&](const auto& c) { return c.name == argument; });
            if (known) return std::nullopt;
            return unknown_command(argument);
        }
    }
    return std::nullopt;
}

Error usage_error(const CLI::ParseError& error, const std::vector<std::string>& arguments) {
    const bool has_command = !arguments.empty() && !arguments.front().starts_with('-');
    return {.message = error.what(),
            .hint = fmt::format("rpi-kit {}--help", has_command ? arguments.front() + ' ' : ""),
            .kind = ErrorKind::usage};
}

struct Parsed {
    Declared declared;
    Settings settings;
    std::string text;  ///< help or version to print instead of running
};

/// Help and version do without: a broken file of settings stops neither.
Result<> add_settings(const Invocation& invocation, CLI::App& app, Parsed& parsed) {
    if (!parsed.text.empty()) return {};
    TRY_ASSIGN(parsed.settings, load_settings({.environment = invocation.environment,
                                               .working_directory = invocation.working_directory,
                                               .work = parsed.declared.work}));
    return apply_settings(app, parsed.settings);
}

Result<std::unique_ptr<Parsed>> parse(const Invocation& invocation) {
    if (auto unknown = check_command(invocation.arguments)) return fail(std::move(*unknown));
    CLI::App app;
    auto parsed = std::make_unique<Parsed>();
    declare(app, parsed->declared);
    auto reversed = invocation.arguments;
    std::ranges::reverse(reversed);
    try {
        app.parse(reversed);
    } catch (const CLI::CallForHelp&) {
        parsed->text = app.help();
    } catch (const CLI::ParseError& error) {
        if (invocation.arguments.empty()) {
            parsed->text = app.help();
        } else if (!parsed->declared.version) {
            return fail(usage_error(error, invocation.arguments));
        }
    }
    if (parsed->declared.version) parsed->text = version_text(parsed->declared.json);
    TRY(add_settings(invocation, app, *parsed));
    return parsed;
}

/// What the rooms below read of the environment, with the settings that stand for it.
host::Environment environment_of(const Invocation& invocation, const Settings& settings) {
    auto environment = invocation.environment;
    if (const auto folder = settings.given("ccache-folder")) environment.set("CCACHE_DIR", *folder);
    if (const auto suites = settings.given("without-suites"))
        environment.set("RPI_KIT_WITHOUT_SUITES", *suites);
    return environment;
}

Result<int> run_command(const Invocation& invocation, const Parsed& parsed,
                        const std::function<void(std::string_view)>& out) {
    const auto& settings = parsed.settings;
    TRY_ASSIGN(const auto cache, cache_folder(invocation.environment, settings));
    const auto environment = environment_of(invocation, settings);
    host::StageDisplay display(invocation.screen, invocation.clock);
    const host::Host host{
        .processes = invocation.processes,
        .clock = invocation.clock,
        .environment = environment,
        .cache = cache,
        .stop = invocation.stop,
        .note = [&](std::string_view text) { display.line(text); },
        .warn = [&](std::string_view text) { display.line(fmt::format("warning: {}", text)); }};
    const auto data = data_folder(invocation, settings);
    const fs::path work = settings.at("work").text;
    return parsed.declared.runner({.host = host,
                                   .screen = invocation.screen,
                                   .display = display,
                                   .out = out,
                                   .work = work,
                                   .boards = search_path(invocation, settings, work, data),
                                   .user_boards = user_boards(invocation.environment),
                                   .toolchains = data / "toolchains",
                                   .settings = settings,
                                   .program = program_identity(invocation.program),
                                   .again = "rpi-kit " + shell_quote(invocation.arguments),
                                   .json = parsed.declared.json});
}

}  // namespace

int run(const Invocation& invocation) {
    const auto parsed = parse(invocation);
    if (parsed && !(*parsed)->text.empty()) {
        invocation.out((*parsed)->text);
        return 0;
    }
    const bool json = std::ranges::find(invocation.arguments, "--json") != invocation.arguments.end();
    const bool events = parsed && (*parsed)->declared.json_lines;
    // One document, whatever happens: an answer waits for what may have to be added to it.
    std::string answer;
    const auto keep = [&](std::string_view text) { answer += text; };
    const auto code = parsed ? run_command(invocation, **parsed, json && !events ? keep : invocation.out)
                             : fail(parsed.error());
    if (code) {
        if (!answer.empty()) invocation.out(answer);
        return *code;
    }
    const auto error = for_this_user(code.error(), called_as(invocation.environment), ::geteuid() == 0);
    if (json) invocation.out(events ? error_event(error) : to_json(error, answer));
    invocation.screen.write(render(error, invocation.screen.colour()));
    return exit_code(error);
}

}  // namespace rpikit::cli
