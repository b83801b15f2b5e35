#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/pipeline/initramfs.hpp"
#include "sdk/rootfs/initramfs.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

struct InitramfsArguments {
    std::string board;
    std::string compression;
    std::vector<std::string> files;
    std::filesystem::path output;
    bool list = false;
    bool offline = false;
};

std::vector<std::string> paths_of(const archive::FileTree& tree) {
    std::vector<std::string> paths;
    for (const auto& [path, entry] : tree.entries()) {
        if (!path.empty()) paths.push_back(path);
    }
    return paths;
}

std::string list_json(const pipeline::Initramfs& made) {
    const nlohmann::ordered_json document = {{"release", made.release}, {"entries", paths_of(made.tree)}};
    return json_text(document);
}

std::string made_json(const pipeline::Initramfs& made) {
    const nlohmann::ordered_json document = {{"file", made.file.string()},
                                             {"size", made.size},
                                             {"release", made.release},
                                             {"entries", made.tree.entries().size()}};
    return json_text(document);
}

Result<int> initramfs(const Context& context, const InitramfsArguments& arguments) {
    TRY_ASSIGN(auto board, load_chosen_board(context, arguments.board));
    if (!arguments.compression.empty()) {
        TRY(rootfs::parse_compression(arguments.compression));
        board.initramfs.compression = arguments.compression;
    }
    pipeline::InitramfsOptions options{.list_only = arguments.list, .offline = arguments.offline};
    for (const auto& file : arguments.files)
        options.files.push_back(board::parse_initramfs_file(file));
    if (!arguments.output.empty()) options.output = std::filesystem::absolute(arguments.output);
    TRY_ASSIGN(const auto made, pipeline::make_initramfs(context.host, board, context.work, options));
    if (arguments.list) {
        context.out(context.json ? list_json(made) : join(paths_of(made.tree), "\n") + '\n');
        return 0;
    }
    context.out(context.json ? made_json(made)
                             : fmt::format("{}  {}, kernel {}\n", made.file.string(), format_size(made.size),
                                           made.release));
    return 0;
}

}  // namespace

Command initramfs_command() {
    return {.name = "initramfs",
            .summary = "Make the initramfs of a board whose kernel has been built",
            .examples =
                "  rpi-kit initramfs rpi4\n"
                "  rpi-kit initramfs rpi4 --compression zstd --add key.bin:/etc/key.bin\n"
                "  rpi-kit initramfs rpi4 --list",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = std::make_shared<InitramfsArguments>();
                app.add_option("BOARD", arguments->board, "Board's name")->required();
                app.add_option("--compression", arguments->compression,
                               "gzip, xz, zstd or none (default: what the board says)");
                app.add_option("--add", arguments->files, "Add a file; may be repeated")
                    ->type_name("FILE[:PATH]");
                app.add_option("--output", arguments->output,
                               "Where to (default: out/BOARD/initrd.img-RELEASE)");
                app.add_flag("--list", arguments->list, "Print the paths it would hold; write nothing");
                app.add_flag("--offline", arguments->offline, "Use only what is there already");
                return [arguments](const Context& context) { return initramfs(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
