#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/board/own_board.hpp"
#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/own_overlays.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/host/file.hpp"
#include "sdk/kernel/build.hpp"
#include "sdk/pipeline/built_board.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct OverlayArguments {
    fs::path file;
    std::string board;
    std::string name;
    fs::path tree;
    bool replaces = false;
    bool dry_run = false;
};

struct CheckedOverlay {
    fs::path base;
    boot::OwnOverlay overlay = {};
};

/// The board's first device tree, as its kernel was built with it.
Result<fs::path> built_device_tree(const Context& context, const board::Board& board) {
    if (board.kernel.dtbs.empty()) {
        return fail({.message = fmt::format("{} has no device tree (kernel.dtbs)", board.name),
                     .where = Location{.file = board.file},
                     .kind = ErrorKind::usage});
    }
    const pipeline::BuildFolders folders(context.work, board.name);
    const kernel::BuildContext built{.kernel = board.kernel, .build = folders.objects};
    auto file = kernel::boot_folder(built) / "dts" / board.kernel.dtbs.front();
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) return file;
    return fail(
        {.message = fmt::format("{} has not been built here: there is no {}", board.name, file.string()),
         .hint = fmt::format("rpi-kit build {}   (or --dtb FILE)", board.name)});
}

/// Its name beside a board file: a source that includes others is kept compiled, since they stay behind.
std::string stored_name(const fs::path& file) {
    const bool includes = boot::overlay_sources(file).size() > 1;
    return includes ? boot::overlay_name(file) + ".dtbo" : file.filename().string();
}

/// The board's own overlays in their order, with `file` in the place of the one of its name or as the last.
/// \returns them, and where `file` is among them
std::pair<std::vector<fs::path>, std::size_t> with_overlay(const board::Board& board, const fs::path& file) {
    auto files = board.boot.overlay_files;
    const auto same_name = [name = stored_name(file)](const auto& other) { return other.filename() == name; };
    const auto place = static_cast<std::size_t>(std::ranges::find_if(files, same_name) - files.begin());
    if (place == files.size()) files.emplace_back();
    files[place] = fs::absolute(file);
    return {std::move(files), place};
}

Result<CheckedOverlay> check_file(const Context& context, const board::Board& board,
                                  const OverlayArguments& arguments) {
    TRY_ASSIGN(const auto* method, boot::find_boot_method(board.boot.method));
    CheckedOverlay checked{.base = arguments.tree};
    if (checked.base.empty()) {
        TRY_ASSIGN(checked.base, built_device_tree(context, board));
    }
    const auto [files, place] = with_overlay(board, arguments.file);
    const pipeline::BuildFolders folders(context.work, board.name);
    TRY_ASSIGN(auto overlays, boot::apply_overlays(context.host, files,
                                                   {.device_tree = checked.base,
                                                    .kernel_source = pipeline::built_source_tree(folders),
                                                    .labels = method->overlay_labels}));
    checked.overlay = std::move(overlays.at(place));
    return checked;
}

std::string to_json(const CheckedOverlay& checked, const board::OwnBoard* own) {
    ordered_json targets = ordered_json::array();
    for (const auto& target : checked.overlay.targets)
        targets.push_back({{"fragment", target.fragment}, {"target", target.target}});
    ordered_json document = {{"device_tree", checked.base.string()}, {"changes", targets}};
    if (own != nullptr) {
        document["board"] = own->file.string();
        document["overlay"] = own->addition.string();
    }
    return json_text(document);
}

std::string to_text(const CheckedOverlay& checked) {
    std::string text = fmt::format("fits {}\n", checked.base.filename().string());
    for (const auto& target : checked.overlay.targets)
        text += fmt::format("  {:<14} {}\n", target.fragment, target.target);
    return text;
}

Result<int> check(const Context& context, const OverlayArguments& arguments) {
    TRY_ASSIGN(const auto board, load_chosen_board(context, arguments.board));
    TRY_ASSIGN(const auto checked, check_file(context, board, arguments));
    context.out(context.json ? to_json(checked, nullptr) : to_text(checked));
    return 0;
}

Result<int> add(const Context& context, const OverlayArguments& arguments) {
    TRY_ASSIGN(const auto board, load_chosen_board(context, arguments.board));
    TRY_ASSIGN(const auto* method, boot::find_boot_method(board.boot.method));
    if (!method->takes_overlays) {
        return fail(
            {.message = fmt::format("the boot method {} applies no device tree overlays", method->name),
             .where = Location{.file = board.file},
             .kind = ErrorKind::usage});
    }
    TRY_ASSIGN(const auto checked, check_file(context, board, arguments));
    const auto name = stored_name(arguments.file);
    const bool compiled = name != arguments.file.filename();
    TRY_ASSIGN(const auto source, host::read_file(arguments.file));
    const auto& content = compiled ? checked.overlay.blob : source;
    TRY_ASSIGN(const auto own, board::plan_own_overlay(
                                   board, {.name = name, .content = content, .replaces = arguments.replaces},
                                   context.work / "boards", context.boards.folders.back(), arguments.name));
    if (!arguments.dry_run) TRY(board::write_own_board(own, content, context.boards));
    context.out(context.json ? to_json(checked, &own) : to_text(checked));
    context.host.note(fmt::format("{}{}, named by {}", arguments.dry_run ? "would write " : "",
                                  own.addition.string(), own.file.string()));
    if (compiled) context.host.note("it is kept compiled: it includes other files");
    if (!arguments.dry_run)
        context.host.note(fmt::format("next: rpi-kit build {}", own.file.stem().string()));
    return 0;
}

Runner setup(CLI::App& app) {
    auto arguments = std::make_shared<OverlayArguments>();
    auto chosen = std::make_shared<Runner>();
    app.require_subcommand(1);
    auto* check_app = app.add_subcommand("check", "Compile it and try it on the board's device tree");
    auto* add_app = app.add_subcommand("add", "Check it, and put it into your board file");
    for (auto* sub : {check_app, add_app}) {
        sub->add_option("FILE", arguments->file, "The overlay: .dts, .dtso or compiled, .dtbo")
            ->required()
            ->check(CLI::ExistingFile);
        sub->add_option("BOARD", arguments->board, "Board's name or path to its .toml")->required();
        sub->add_option("--dtb", arguments->tree, "This device tree instead of the built kernel's")
            ->check(CLI::ExistingFile);
    }
    add_app->add_option("--as", arguments->name, "Name of your board (default: the board's own)");
    add_app->add_flag("--replace", arguments->replaces,
                      "Take the place of another overlay of that name in your board");
    add_app->add_flag("--dry-run", arguments->dry_run, "Say what would be written; write nothing");
    check_app->callback(
        [=] { *chosen = [=](const Context& context) { return check(context, *arguments); }; });
    add_app->callback([=] { *chosen = [=](const Context& context) { return add(context, *arguments); }; });
    return [chosen](const Context& context) { return (*chosen)(context); };
}

}  // namespace

Command overlay_command() {
    return {.name = "overlay",
            .summary = "Check device tree overlays against a board, and add them to it",
            .examples =
                "  rpi-kit overlay check my-hat.dts rpi4\n"
                "  rpi-kit overlay add my-hat.dts rpi4",
            .setup = setup};
}

}  // namespace rpikit::cli
