#include <fmt/format.h>

#include "sdk/pipeline/build_state.hpp"
#include "sdk/pipeline/initramfs.hpp"
#include "sdk/pipeline/inputs.hpp"
#include "sdk/rootfs/initramfs.hpp"
#include "sdk/rootfs/rootfs.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

Result<archive::FileTree> make_tree(const host::Host& host, const board::Board& board,
                                    const kernel::KernelArtifacts& artifacts,
                                    std::vector<board::InitramfsFile> files, bool offline,
                                    const host::Progress& progress) {
    TRY_ASSIGN(auto busybox, rootfs::fetch_busybox(host, board.rootfs.debian_arch, offline, progress));
    TRY_ASSIGN(auto tree, rootfs::make_initramfs({.board = board,
                                                  .kernel = artifacts,
                                                  .busybox = std::move(busybox.binary),
                                                  .applets = std::move(busybox.applets),
                                                  .files = std::move(files)}));
    tree.limit_times(pinned_time);
    return tree;
}

Result<std::size_t> write_tree(const archive::FileTree& tree, const board::Board& board,
                               const fs::path& file) {
    TRY_ASSIGN(const auto compression, rootfs::parse_compression(board.initramfs.compression));
    TRY(archive::write_cpio(tree, file, compression));
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error)
        return fail({.message = fmt::format("cannot read {}", file.string()), .causes = {error.message()}});
    return size;
}

Result<> add_board_files(Fingerprint& inputs, const board::Board& board) {
    for (const auto& file : board.initramfs.files) {
        TRY_ASSIGN(auto hash, sha256_file(file.source));
        inputs.add("file " + file.target, std::move(hash));
    }
    TRY_ASSIGN(const auto hooks, rootfs::find_hooks(board));
    for (const auto& hook : hooks) {
        TRY_ASSIGN(auto hash, sha256_file(hook.file));
        inputs.add(fmt::format("{} {}", hook.place, hook.file.filename().string()), std::move(hash));
    }
    return {};
}

Result<Outcome> make_stage_file(BuildState& state, const host::Progress& progress) {
    TRY(load_artifacts(state));
    const auto& file = state.folders.initramfs;
    TRY_ASSIGN(const auto tree,
               make_tree(*state.host, state.board, *state.artifacts, {}, state.options.offline, progress));
    TRY_ASSIGN(const auto size, write_tree(tree, state.board, file));
    TRY_ASSIGN(auto digest, sha256_file(file));
    return Outcome{.summary = fmt::format("{} files, {} with {}", tree.entries().size(), format_size(size),
                                          state.board.initramfs.compression),
                   .values = {{"sha256", std::move(digest)}},
                   .outputs = {file}};
}

}  // namespace

Result<Initramfs> make_initramfs(const host::Host& host, const board::Board& board, const fs::path& work,
                                 const InitramfsOptions& options) {
    const BuildFolders folders(work, board.name);
    const kernel::BuildContext context{
        .board = board.name, .kernel = board.kernel, .build = folders.objects, .log = folders.log};
    const auto artifacts = kernel::read_artifacts(context, folders.modules);
    if (!artifacts) {
        return fail({.message = fmt::format("{} has not been built here", board.name),
                     .causes = {artifacts.error().message},
                     .hint = fmt::format("rpi-kit build {}", board.name)});
    }
    Initramfs made{.release = artifacts->release};
    TRY_ASSIGN(made.tree, make_tree(host, board, *artifacts, options.files, options.offline, {}));
    if (options.list_only) return made;
    made.file = options.output.empty() ? folders.out / ("initrd.img-" + made.release) : options.output;
    TRY_ASSIGN(made.size, write_tree(made.tree, board, made.file));
    return made;
}

Stage initramfs_stage(const SharedState& state) {
    Stage stage{.name = "initramfs", .title = "make the initramfs"};
    stage.inputs = [state](const Values& values) -> Result<Fingerprint> {
        const auto& board = state->board;
        Fingerprint inputs;
        inputs.add("program", state->options.program);
        for (const auto* name : {"compile.release", "compile.modules", "modules.installed",
                                 "configure.signing_key", "rootfs.busybox"})
            add_value(inputs, values, name);
        inputs.add("strip", state->options.strip_modules ? "yes" : "no");
        inputs.add("target architecture", board.rootfs.debian_arch);
        add_inputs(inputs, board.initramfs);
        for (const auto& partition : board.image.partitions) {
            if (partition.content == "rootfs") inputs.add("root file system", partition.filesystem);
        }
        TRY(add_board_files(inputs, board));
        return inputs;
    };
    stage.run = [state](const Values&, const host::Progress& progress) {
        return make_stage_file(*state, progress);
    };
    return stage;
}

}  // namespace rpikit::pipeline
