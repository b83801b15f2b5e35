#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/build_place.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/cli/plan_output.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/pipeline/build.hpp"
#include "sdk/pipeline/package.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

using nlohmann::ordered_json;

struct PackageArguments {
    std::string board;
    bool deb = false;
    bool tar = false;
    std::string compression = "zstd";
    pipeline::PackageOptions options = {};
    bool no_sandbox = false;
    bool explain = false;
    bool dry_run = false;
};

Result<pipeline::PackageFormat> chosen_format(const PackageArguments& arguments) {
    if (arguments.deb) return pipeline::PackageFormat::deb;
    if (arguments.tar) return pipeline::PackageFormat::tar;
    return fail({.message = "which packages? --deb or --tar",
                 .hint = fmt::format("rpi-kit package {} --deb", arguments.board),
                 .kind = ErrorKind::usage});
}

std::string files_text(const std::vector<fs::path>& files) {
    std::string text;
    for (const auto& file : files) {
        std::error_code ignored;
        text += fmt::format("{}  {}\n", fs::relative(file, fs::current_path(), ignored).string(),
                            format_size(fs::file_size(file, ignored)));
    }
    return text;
}

Result<std::string> files_json(const board::Board& board, const pipeline::Values& values,
                               const std::string& stage, const std::vector<fs::path>& files,
                               const std::vector<StageTime>& times) {
    ordered_json rows = ordered_json::array();
    for (const auto& file : files) {
        std::error_code ignored;
        TRY_ASSIGN(const auto digest, sha256_file(file));
        rows.push_back({{"path", file.string()}, {"size", fs::file_size(file, ignored)}, {"sha256", digest}});
    }
    const ordered_json document = {{"board", board.name},
                                   {"release", values.at(stage + ".release")},
                                   {"files", rows},
                                   {"stages", ordered_json::parse(stages_json(times))}};
    return json_text(document);
}

Result<int> package(const Context& context, PackageArguments arguments) {
    TRY_ASSIGN(arguments.options.format, chosen_format(arguments));
    TRY_ASSIGN(const auto board, load_chosen_board(context, arguments.board));
    auto& options = arguments.options;
    set_place(options, context);
    options.sandbox = !arguments.no_sandbox;
    options.compression =
        arguments.compression == "xz" ? archive::Compression::xz : archive::Compression::zstd;
    const pipeline::BuildFolders folders(context.work, board.name);
    std::error_code ignored;
    std::optional<host::LockFile> lock;
    // Without the folder there is nothing to pack, and none is made.
    if (!arguments.dry_run && !arguments.explain && fs::exists(folders.state, ignored)) {
        TRY_ASSIGN(lock, lock_build(context, board));
    }
    TRY_ASSIGN(const auto plan, pipeline::make_package_plan(context.host, board, options));
    if (arguments.dry_run || arguments.explain) return show_plan(context, plan, arguments.dry_run);

    std::vector<StageTime> times;
    std::vector<fs::path> files;
    auto observer = plan_observer(context, times);
    observer.end = [&files, shown = observer.end](const auto& stage, const auto& decision,
                                                  const auto& outcome) {
        files = outcome.outputs;
        shown(stage, decision, outcome);
    };
    TRY_ASSIGN(const auto values, plan.run(context.host, observer));
    if (!context.json) {
        context.out(files_text(files));
        return 0;
    }
    TRY_ASSIGN(const auto text, files_json(board, values, plan.stages().front().name, files, times));
    context.out(text);
    return 0;
}

Runner setup(CLI::App& app) {
    auto arguments = std::make_shared<PackageArguments>();
    app.add_option("BOARD", arguments->board, "Board's name, built before")->required();
    auto* deb = app.add_flag("--deb", arguments->deb,
                             "linux-image, linux-headers and linux-libc-dev, by the kernel's bindeb-pkg, "
                             "in out/BOARD/packages/deb");
    app.add_flag("--tar", arguments->tar,
                 "What the kernel installs (boot/, lib/modules/) in one archive in out/BOARD/packages")
        ->excludes(deb);
    app.add_option("--compression", arguments->compression, "Of the archive: zstd or xz")
        ->capture_default_str()
        ->check(CLI::IsMember({"zstd", "xz"}))
        ->excludes(deb);
    app.add_option("-j,--jobs", arguments->options.jobs, "Jobs (default: cores x 2, as memory allows)")
        ->check(CLI::Range(1, 4096));
    app.add_flag("--no-sandbox", arguments->no_sandbox, "Pack without bubblewrap around make");
    app.add_flag("--explain", arguments->explain, "Say whether and why it would run; run nothing");
    app.add_flag("--dry-run", arguments->dry_run, "Show the plan with the exact commands; run none");
    return [arguments](const Context& context) { return package(context, *arguments); };
}

}  // namespace

Command package_command() {
    return {.name = "package",
            .summary = "Pack a board's built kernel as Debian packages or as a tar",
            .examples =
                "  rpi-kit package rpi4 --deb\n"
                "  rpi-kit package rpi4 --tar --compression xz\n"
                "  rpi-kit package rpi4 --deb --dry-run",
            .setup = setup};
}

}  // namespace rpikit::cli
