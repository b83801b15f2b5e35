#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "sdk/cli/command.hpp"
#include "sdk/cli/manual_page.hpp"
#include "sdk/cli/reference_page.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

struct ManualArguments {
    std::string command;
    std::filesystem::path folder;
};

Error unknown_page(const CommandPage& program, const std::string& name) {
    std::vector<std::string> names;
    for (const auto* page : manual_pages(program))
        names.push_back(page->name);
    const auto near = near_match(name, names);
    return {.message = fmt::format("there is no command '{}'", name),
            .hint = near ? "rpi-kit man " + *near : "rpi-kit --help",
            .kind = ErrorKind::usage};
}

Result<int> write_pages(const CommandPage& program, const std::filesystem::path& folder) {
    TRY(host::make_directories(folder));
    for (const auto* page : manual_pages(program))
        TRY(host::write_file(folder / (manual_name(*page) + ".1"), manual_page(program, *page)));
    return 0;
}

Result<int> manual(const Context& context, const ManualArguments& arguments) {
    const auto program = program_page();
    if (!arguments.folder.empty()) return write_pages(program, arguments.folder);
    const auto* page = arguments.command.empty() ? &program : program.find(arguments.command);
    if (page == nullptr || (page != &program && page->hidden))
        return fail(unknown_page(program, arguments.command));
    context.out(manual_page(program, *page));
    return 0;
}

Result<int> write_reference(const std::filesystem::path& folder) {
    TRY(host::make_directories(folder));
    TRY(host::write_file(folder / "commands.md", commands_reference(program_page())));
    TRY(host::write_file(folder / "exit-codes.md", exit_codes_reference()));
    TRY(host::write_file(folder / "settings.md", settings_reference()));
    return 0;
}

}  // namespace

Command manual_command() {
    return {.name = "man",
            .summary = "Print a command's manual page",
            .examples =
                "  rpi-kit man | man -l -\n"
                "  rpi-kit man build | man -l -\n"
                "  rpi-kit man --folder man1",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = std::make_shared<ManualArguments>();
                auto* command =
                    app.add_option("COMMAND", arguments->command, "The program's own without one");
                app.add_option("--folder", arguments->folder, "Write all pages into this folder")
                    ->type_name("FOLDER")
                    ->excludes(command);
                return [arguments](const Context& context) { return manual(context, *arguments); };
            }};
}

Command reference_command() {
    return {.name = "reference",
            .summary = "Write the pages of docs/reference that are made of the program's tables",
            .examples = "  rpi-kit reference docs/reference",
            .setup = [](CLI::App& app) -> Runner {
                auto folder = std::make_shared<std::filesystem::path>();
                app.add_option("FOLDER", *folder, "Where they go")->required();
                return [folder](const Context&) { return write_reference(*folder); };
            },
            .hidden = true};
}

}  // namespace rpikit::cli
