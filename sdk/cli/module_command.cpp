#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/build_place.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/pipeline/external_modules.hpp"

namespace rpikit::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct ModuleArguments {
    std::string board;
    fs::path what;
    fs::path signing_key;
    bool install = false;
    bool remove = false;
    bool no_strip = false;
    bool no_sandbox = false;
};

std::string to_json(const pipeline::ExternalModules& made) {
    ordered_json files = ordered_json::array();
    for (const auto& file : made.files)
        files.push_back(file.string());
    const ordered_json document = {{"release", made.release},
                                   {"modules", files},
                                   {"signed_by", made.signed_by},
                                   {"installed", made.installed.string()}};
    return json_text(document);
}

std::string to_text(const pipeline::ExternalModules& made) {
    std::string text;
    for (const auto& file : made.files)
        text += fmt::format("{}  for {}{}\n", file.string(), made.release,
                            made.signed_by.empty() ? "" : ", signed by the key " + made.signed_by);
    return text;
}

Result<int> remove(const Context& context, const board::Board& board, const ModuleArguments& arguments) {
    const pipeline::BuildFolders folders(context.work, board.name);
    TRY_ASSIGN(const auto removed, pipeline::remove_external_module(folders, arguments.what.string()));
    context.out(context.json ? json_text(ordered_json{{"removed", removed.string()}})
                             : fmt::format("removed {}\n", removed.string()));
    context.host.note(fmt::format("next: rpi-kit build {}   (the image without it)", arguments.board));
    return 0;
}

Result<int> module(const Context& context, const ModuleArguments& arguments) {
    TRY_ASSIGN(const auto board, load_chosen_board(context, arguments.board));
    const pipeline::BuildFolders folders(context.work, board.name);
    std::error_code ignored;
    if (!fs::exists(folders.objects / "include/config/kernel.release", ignored)) {
        return fail({.message = fmt::format("{} has not been built here", board.name),
                     .hint = fmt::format("rpi-kit build {}", arguments.board)});
    }
    TRY_ASSIGN(const auto lock, lock_build(context, board));
    if (arguments.remove) return remove(context, board, arguments);
    pipeline::BuildOptions options{.work = context.work, .toolchains = context.toolchains};
    options.sandbox = !arguments.no_sandbox;
    if (!arguments.signing_key.empty())
        options.signing_key = fs::absolute(arguments.signing_key).lexically_normal();
    const auto what = fs::absolute(arguments.what).lexically_normal();
    TRY_ASSIGN(const auto made,
               pipeline::make_external_modules(context.host, board, options,
                                               what.has_filename() ? what : what.parent_path(),
                                               {.install = arguments.install, .strip = !arguments.no_strip}));
    context.out(context.json ? to_json(made) : to_text(made));
    if (arguments.install)
        context.host.note(fmt::format("next: rpi-kit build {}, and the image has it", arguments.board));
    return 0;
}

}  // namespace

Command module_command() {
    return {.name = "module",
            .summary = "Build a kernel module from outside the tree for a board's built kernel",
            .examples =
                "  rpi-kit module rpi4 hello/\n"
                "  rpi-kit module rpi4 hello/ --install\n"
                "  rpi-kit module rpi4 vendor.ko --install\n"
                "  rpi-kit module rpi4 hello --remove",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = std::make_shared<ModuleArguments>();
                app.add_option("BOARD", arguments->board, "Board's name or path to its .toml")->required();
                app.add_option("DIR", arguments->what,
                               "Folder with a Kbuild or Makefile, never written to; or a module, x.ko")
                    ->required();
                auto* install =
                    app.add_flag("--install", arguments->install,
                                 "Put it into the board's next image, where boot --check loads it");
                app.add_flag("--remove", arguments->remove, "Leave the module of this name out again")
                    ->excludes(install);
                app.add_option("--signing-key", arguments->signing_key,
                               "PEM with key and certificate, where the board's `build` was given one");
                app.add_flag("--no-strip", arguments->no_strip, "Keep debug information");
                app.add_flag("--no-sandbox", arguments->no_sandbox, "Build without bubblewrap around make");
                return [arguments](const Context& context) { return module(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
