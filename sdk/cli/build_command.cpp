#include <fmt/format.h>
#include <sys/resource.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/build_options.hpp"
#include "sdk/cli/build_place.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/cli/plan_output.hpp"
#include "sdk/pipeline/manifest.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

using nlohmann::ordered_json;

std::string closing_text(const Context& context, const board::Board& board,
                         const pipeline::Manifest& manifest, const pipeline::BuildFolders& folders) {
    const auto image = fs::relative(folders.image, fs::current_path());
    const auto work = context.work == fs::current_path() ? "" : fmt::format(" -C {}", context.work.string());
    auto text = fmt::format("\n{}  {}, kernel {}\n", image.string(), format_size(manifest.image.size),
                            manifest.release);
    if (!board.emulator.machine.empty()) {
        const auto program = called_as(context.host.environment);
        text += fmt::format("next: {}{} boot {}\n", program, work, board.name);
    }
    return text;
}

/// Bytes of this program's own memory at its fullest; the programs it ran are not in it.
std::int64_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * std::int64_t{1024};
}

std::string closing_json(const pipeline::Manifest& manifest, const pipeline::BuildFolders& folders,
                         const std::vector<StageTime>& times) {
    const ordered_json document = {{"board", manifest.board},
                                   {"image", folders.image.string()},
                                   {"size", manifest.image.size},
                                   {"sha256", manifest.image.sha256},
                                   {"release", manifest.release},
                                   {"manifest", folders.manifest.string()},
                                   {"stages", ordered_json::parse(stages_json(times))},
                                   {"peak_memory", peak_memory()}};
    return json_text(document);
}

Result<int> build(const Context& context, BuildArguments arguments) {
    TRY_ASSIGN(const auto board, load_chosen_board(context, arguments.board));
    auto& options = arguments.options;
    set_place(options, context);
    options.ccache = !arguments.no_ccache;
    options.sandbox = !arguments.no_sandbox;
    options.strip_modules = !arguments.no_strip;
    for (auto* path : {&options.config_file, &options.rootfs, &options.firmware, &options.signing_key}) {
        if (!path->empty()) *path = fs::absolute(*path).lexically_normal();
    }
    TRY_ASSIGN(const auto plan, pipeline::make_build_plan(context.host, board, options));
    if (arguments.dry_run || arguments.explain) return show_plan(context, plan, arguments.dry_run);

    const pipeline::BuildFolders folders(context.work, board.name);
    TRY_ASSIGN(const auto lock, lock_build(context, board));
    std::error_code ignored;
    if (fs::exists(folders.edits, ignored)) {
        context.host.note(
            fmt::format("configuration changes that were not saved are not built: rpi-kit config {} save",
                        arguments.board));
    }
    std::vector<StageTime> times;
    TRY(plan.run(context.host, plan_observer(context, times)));
    TRY_ASSIGN(const auto manifest, pipeline::load_manifest(folders.manifest));
    context.out(context.json ? closing_json(manifest, folders, times)
                             : closing_text(context, board, manifest, folders));
    return 0;
}

}  // namespace

Command build_command() {
    return {.name = "build",
            .summary = "Build a board's SD-card image, from kernel source to a checked sdcard.img",
            .examples =
                "  rpi-kit build rpi4\n"
                "  rpi-kit build rpi4 --profile tiny --set HZ=300\n"
                "  rpi-kit build rpi4 --source dir:../linux --rootfs rootfs.tar.zst\n"
                "  rpi-kit build rpi4 --dry-run",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = add_build_options(app);
                return [arguments](const Context& context) { return build(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
