#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/build_place.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/export/export.hpp"
#include "sdk/pipeline/built_board.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct SdkArguments {
    std::string board;
    fs::path folder;
    bool dry_run = false;
};

std::string to_json(const exporting::Exported& exported) {
    const ordered_json document = {
        {"folder", exported.folder.string()},
        {"release", exported.release},
        {"toolchain", exported.toolchain},
        {"carries_toolchain", exported.carries_toolchain},
        {"sysroot", exported.sysroot.string()},
        {"environment", (exported.folder / "environment").string()},
        {"kernel", (exported.folder / "kernel").string()},
    };
    return json_text(document);
}

std::string to_text(const exporting::Exported& exported) {
    const auto environment = shell_quote((exported.folder / "environment").string());
    return fmt::format(
        "{}  kernel {}, {}\nnext: eval \"$({})\"\n", exported.folder.string(), exported.release,
        exported.toolchain + (exported.carries_toolchain ? " in it" : " of the system"), environment);
}

Result<int> run_export(const Context& context, const SdkArguments& arguments) {
    TRY_ASSIGN(const auto board, load_chosen_board(context, arguments.board));
    const pipeline::BuildOptions options{.work = context.work, .toolchains = context.toolchains};
    const auto folder = fs::absolute(arguments.folder / "").lexically_normal().parent_path();
    std::optional<host::LockFile> lock;
    std::error_code ignored;
    // Without the folder there is no build, and none is made; --dry-run writes no lock either.
    if (!arguments.dry_run && fs::exists(pipeline::BuildFolders(context.work, board.name).state, ignored)) {
        TRY_ASSIGN(lock, lock_build(context, board));
    }
    TRY_ASSIGN(const auto built, pipeline::open_built_board(context.host, board, options));
    if (arguments.dry_run) {
        context.out(fmt::format("would export kernel {} and the toolchain {} ({}) to {}\n",
                                built.artifacts.release, built.context.toolchain.name,
                                built.context.toolchain.origin, folder.string()));
        return 0;
    }
    TRY_ASSIGN(const auto exported, exporting::export_kit(context.host, built.context, folder));
    context.out(context.json ? to_json(exported) : to_text(exported));
    return 0;
}

}  // namespace

Command sdk_command() {
    return {.name = "sdk",
            .summary = "Export what is needed to build programs and modules for a board elsewhere",
            .examples =
                "  rpi-kit sdk export rpi4 rpi4-sdk\n"
                "  eval \"$(rpi4-sdk/environment)\"\n"
                "  make -C \"$KERNEL_DIR\" M=\"$PWD\" modules\n"
                "  cmake -S . -B build && cmake --build build",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = std::make_shared<SdkArguments>();
                app.require_subcommand(1);
                auto* sub = app.add_subcommand("export", "One folder, which may be moved and copied");
                sub->add_option("BOARD", arguments->board, "Board's name or path to its .toml")->required();
                sub->add_option("DIR", arguments->folder, "A folder that is not there yet, or an empty one")
                    ->required();
                sub->add_flag("--dry-run", arguments->dry_run, "Say what would be exported; write nothing");
                return [arguments](const Context& context) { return run_export(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
