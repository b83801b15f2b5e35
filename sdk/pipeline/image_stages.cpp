// The stages from the root file system to the image.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "sdk/boot/boot_files.hpp"
#include "sdk/host/file.hpp"
#include "sdk/image/image.hpp"
#include "sdk/pipeline/build_state.hpp"
#include "sdk/pipeline/built_board.hpp"
#include "sdk/pipeline/external_modules.hpp"
#include "sdk/pipeline/inputs.hpp"
#include "sdk/pipeline/kept_kernels.hpp"
#include "sdk/pipeline/manifest.hpp"
#include "sdk/rootfs/rootfs.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

/// So many of the latest kernels stay at hand for a later --keep.
constexpr std::size_t kernels_put_aside = 3;

image::Identifiers identifiers(const BuildState& state) {
    return image::derive_identifiers(state.board.image, state.board.name);
}

/// Of `values`, one a partition, that of the partition with this content.
std::string of_content(const BuildState& state, std::string_view content,
                       const std::vector<std::string>& values) {
    const auto& partitions = state.board.image.partitions;
    const auto found = std::ranges::find(partitions, content, &board::Partition::content);
    return found == partitions.end() ? "" : values[static_cast<std::size_t>(found - partitions.begin())];
}

/// "PARTUUID=..." of the partition that holds the root file system.
std::string root_parameter(const BuildState& state) {
    return "PARTUUID=" + of_content(state, "rootfs", identifiers(state).partuuids);
}

Result<Outcome> load_base_tree(BuildState& state, const host::Progress& progress) {
    const auto& wanted = state.board.rootfs;
    if (!state.options.rootfs.empty()) {
        TRY_ASSIGN(state.root_tree, rootfs::load_user_rootfs(*state.host, state.options.rootfs,
                                                             state.folders.out / "build" / "rootfs.spool",
                                                             wanted.debian_arch));
        return Outcome{.summary = fmt::format("{} files of {}", state.root_tree->entries().size(),
                                              state.options.rootfs.string())};
    }
    TRY_ASSIGN(auto busybox,
               rootfs::fetch_busybox(*state.host, wanted.debian_arch, state.options.offline, progress));
    TRY_ASSIGN(state.root_tree, rootfs::make_minimal(wanted, std::move(busybox.binary), busybox.applets));
    return Outcome{.summary = fmt::format("busybox {}", busybox.version),
                   .values = {{"busybox", fmt::format("{} sha256:{}", busybox.version, busybox.sha256)}}};
}

Result<Outcome> load_root_tree(BuildState& state, const host::Progress& progress) {
    TRY_ASSIGN(auto outcome, load_base_tree(state, progress));
    const auto& overlay = state.board.rootfs.overlay;
    if (!overlay.empty()) TRY(rootfs::add_overlay(*state.root_tree, overlay));
    return outcome;
}

/// Empty when the board has none.
fs::path initramfs_of(const BuildState& state) {
    return state.board.initramfs.enabled ? state.folders.initramfs : fs::path();
}

Result<Outcome> load_boot_tree(BuildState& state, const host::Progress& progress) {
    TRY(load_artifacts(state));
    TRY_ASSIGN(const auto firmware, boot::fetch_firmware(*state.host, state.board, state.options.firmware,
                                                         state.options.offline, progress));
    TRY_ASSIGN(auto kept, kept_kernels(state.folders, state.artifacts->release, state.options.keep));
    TRY_ASSIGN(const auto loader_offset, image::first_partition_offset(state.board.image));
    const boot::BootInputs inputs{.board = state.board,
                                  .kernel = *state.artifacts,
                                  .firmware = firmware.folder,
                                  .root = root_parameter(state),
                                  .initramfs = initramfs_of(state),
                                  .kept = kept,
                                  .boot_uuid = of_content(state, "boot", identifiers(state).uuids),
                                  .loader_offset = loader_offset,
                                  .host = state.host,
                                  .kernel_source = built_source_tree(state.folders),
                                  .work = state.folders.out / "build" / "boot"};
    TRY_ASSIGN(state.boot_tree, boot::make_boot_files(inputs));
    TRY_ASSIGN(state.loader, boot::make_loader(inputs));
    state.kept = std::move(kept);
    return Outcome{.summary = fmt::format("{} files, {}", state.boot_tree->entries().size(),
                                          format_size(state.boot_tree->total_size())),
                   .values = {{"firmware", firmware.identity}}};
}

/// Names of the modules in a tree, without folder and suffix, sorted.
std::vector<std::string> module_names(const archive::FileTree& tree) {
    std::vector<std::string> names;
    for (const auto& [path, entry] : tree.entries()) {
        const auto name = path.substr(path.rfind('/') + 1);
        const auto suffix = name.find(".ko");
        if (path.contains("lib/modules/") && suffix != std::string::npos) {
            names.push_back(name.substr(0, suffix));
        }
    }
    std::ranges::sort(names);
    return names;
}

std::string value_of(const Values& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? "" : found->second;
}

/// What other stages found, by which the manifest names what the image was made of.
constexpr std::array manifest_inputs{"source.name",        "source.version",        "source.pin",
                                     "source.identity",    "toolchain.name",        "toolchain.version",
                                     "toolchain.identity", "configure.signing_key", "rootfs.busybox",
                                     "initramfs.sha256",   "boot.firmware"};

Result<Manifest> make_manifest(const BuildState& state, const Values& values, const archive::FileTree& root,
                               image::WrittenImage image) {
    Manifest manifest{.board = state.board.name,
                      .release = value_of(values, "compile.release"),
                      .profile = value_of(values, "configure.profile"),
                      .inputs = {},
                      .config_sha256 = value_of(values, "configure.sha256"),
                      .requests = {},
                      .modules = module_names(root),
                      .installed_modules = {},
                      .image = std::move(image)};
    for (const auto* name : manifest_inputs) {
        if (const auto value = value_of(values, name); !value.empty()) manifest.inputs[name] = value;
    }
    for (const auto& file : installed_modules(state.folders, manifest.release)) {
        const auto name = file.filename().string();
        manifest.installed_modules.push_back(name.substr(0, name.find(".ko")));
    }
    TRY_ASSIGN(const auto configuration, kernel::read_configuration(state.folders.objects));
    for (const auto& proven : configuration.requests)
        manifest.requests[proven.symbol] = proven.value;
    return manifest;
}

image::ImageRequest image_request(const BuildState& state, const archive::FileTree& root) {
    image::ImageRequest request{.layout = state.board.image,
                                .contents = {},
                                .seed = state.board.name,
                                .timestamp = pinned_time,
                                .boot_code = state.loader.boot_code,
                                .raw = {}};
    for (const auto& file : state.loader.raw) {
        request.raw.push_back(
            {.name = file.name, .offset = file.offset, .entry = &file.entry, .where = file.where});
    }
    for (const auto& partition : state.board.image.partitions) {
        const archive::FileTree* tree = nullptr;
        if (partition.content == "rootfs") tree = &root;
        if (partition.content == "boot") tree = &*state.boot_tree;
        if (partition.content == "loader") tree = &state.loader.tree;
        request.contents.push_back({.partition = partition, .tree = tree});
    }
    return request;
}

/// The files of the board's rootfs.overlay.
Result<> add_overlay(Fingerprint& inputs, const board::RootFs& rootfs) {
    if (rootfs.overlay.empty()) return {};
    TRY_ASSIGN(auto content, scan(rootfs.overlay));
    inputs.add("content of rootfs.overlay", std::move(content));
    return {};
}

/// The earlier kernels that --keep takes along.
Result<> add_kept(Fingerprint& inputs, const BuildState& state, const Values& values) {
    TRY_ASSIGN(const auto kept,
               kept_kernels(state.folders, value_of(values, "compile.release"), state.options.keep));
    for (const auto& [kernel, initramfs] : kept) {
        TRY_ASSIGN(auto identity, scan(kernel.image));
        inputs.add("kept " + kernel.release, std::move(identity));
        if (initramfs.empty()) continue;
        TRY_ASSIGN(auto content, scan(initramfs));
        inputs.add("initramfs of " + kernel.release, std::move(content));
    }
    return {};
}

/// Image, map and manifest in the draft folder, checked.
Result<Manifest> write_draft(const BuildState& state, const Values& values, const archive::FileTree& root,
                             const host::Progress& progress) {
    const auto& folders = state.folders;
    const auto draft = folders.draft / folders.image.filename();
    TRY_ASSIGN(auto written, image::write_image(*state.host, image_request(state, root), draft, progress));
    TRY(image::check_image(*state.host, draft, written.partitions));
    TRY_ASSIGN(auto manifest, make_manifest(state, values, root, std::move(written)));
    TRY(save_manifest(folders.draft / folders.manifest.filename(), manifest));
    return manifest;
}

/// Moves the files of a draft to their places, the image first. What describes the old one goes before: a run
/// that is killed here leaves an image that lacks map or manifest, never one beside those of another. The
/// next run makes all three anew, since this stage has no record yet.
Result<> publish(const fs::path& draft, const std::vector<fs::path>& outputs) {
    for (const auto& output : outputs | std::views::drop(1))
        TRY(host::remove_tree(output));
    for (const auto& output : outputs)
        TRY(host::rename_path(draft / output.filename(), output));
    return {};
}

Result<Outcome> write_image_files(BuildState& state, const Values& values, const host::Progress& progress) {
    if (!state.root_tree) TRY(load_root_tree(state, progress));
    if (!state.boot_tree) TRY(load_boot_tree(state, progress));
    TRY(load_artifacts(state));
    archive::FileTree root = *state.root_tree;
    for (const auto& kept : state.kept)
        TRY(rootfs::add_modules(root, kept.kernel));
    TRY(rootfs::add_modules(root, *state.artifacts));
    root.limit_times(pinned_time);
    state.boot_tree->limit_times(pinned_time);
    state.loader.tree.limit_times(pinned_time);

    const auto& folders = state.folders;
    const std::vector<fs::path> outputs = {folders.image, fs::path(folders.image.string() + ".bmap"),
                                           folders.manifest};
    // What a killed run left there goes; nobody else is here, the build holds the folder's lock.
    TRY(host::remove_tree(folders.draft));
    TRY(host::make_directories(folders.draft));
    const auto manifest = write_draft(state, values, root, progress);
    Result<> done = manifest ? publish(folders.draft, outputs) : fail(manifest.error());
    if (const auto removed = host::remove_tree(folders.draft); !removed && done) done = removed;
    TRY(std::move(done));
    if (state.has_menu) {
        TRY(keep_kernel(folders, {.kernel = *state.artifacts, .initramfs = initramfs_of(state)},
                        state.options.keep + kernels_put_aside));
    }
    const auto& written = manifest->image;
    return Outcome{
        .summary = fmt::format("{}, {} of it mapped", format_size(written.size), format_size(written.mapped)),
        .values = {{"sha256", written.sha256}},
        .outputs = outputs};
}

}  // namespace

Stage rootfs_stage(const SharedState& state) {
    Stage stage{.name = "rootfs", .title = "make the root file system"};
    stage.inputs = [state](const Values&) -> Result<Fingerprint> {
        Fingerprint inputs;
        inputs.add("program", state->options.program);
        add_inputs(inputs, state->board.rootfs);
        inputs.add("--rootfs", state->options.rootfs.string());
        if (!state->options.rootfs.empty()) {
            TRY_ASSIGN(auto content, scan(state->options.rootfs));
            inputs.add("content of --rootfs", std::move(content));
        }
        TRY(add_overlay(inputs, state->board.rootfs));
        return inputs;
    };
    stage.run = [state](const Values&, const host::Progress& progress) {
        return load_root_tree(*state, progress);
    };
    return stage;
}

Stage boot_stage(const SharedState& state) {
    Stage stage{.name = "boot", .title = "make the boot files"};
    stage.inputs = [state](const Values& values) -> Result<Fingerprint> {
        Fingerprint inputs;
        inputs.add("program", state->options.program);
        add_value(inputs, values, "compile.image");
        add_value(inputs, values, "compile.release");
        add_value(inputs, values, "initramfs.sha256");
        add_inputs(inputs, state->board.boot);
        TRY(add_kept(inputs, *state, values));
        inputs.add("root", root_parameter(*state));
        inputs.add("--firmware", state->options.firmware.string());
        if (!state->options.firmware.empty()) {
            TRY_ASSIGN(auto content, scan(state->options.firmware));
            inputs.add("content of --firmware", std::move(content));
        }
        return inputs;
    };
    stage.run = [state](const Values&, const host::Progress& progress) {
        return load_boot_tree(*state, progress);
    };
    return stage;
}

Stage image_stage(const SharedState& state) {
    Stage stage{.name = "image", .title = "write and check the image"};
    stage.inputs = [state](const Values& values) -> Result<Fingerprint> {
        Fingerprint inputs;
        inputs.add("program", state->options.program);
        for (const auto* name : manifest_inputs)
            add_value(inputs, values, name);
        for (const auto* name : {"compile.image", "compile.release", "compile.modules", "modules.installed",
                                 "configure.sha256", "configure.requests", "configure.profile"}) {
            add_value(inputs, values, name);
        }
        inputs.add("strip", state->options.strip_modules ? "yes" : "no");
        add_inputs(inputs, state->board.rootfs);
        add_inputs(inputs, state->board.boot);
        TRY(add_kept(inputs, *state, values));
        add_inputs(inputs, state->board.image);
        TRY(add_overlay(inputs, state->board.rootfs));
        for (const auto& folder : {state->options.rootfs, state->options.firmware}) {
            if (folder.empty()) continue;
            TRY_ASSIGN(auto content, scan(folder));
            inputs.add("content of " + folder.string(), std::move(content));
        }
        return inputs;
    };
    stage.run = [state](const Values& values, const host::Progress& progress) {
        return write_image_files(*state, values, progress);
    };
    return stage;
}

}  // namespace rpikit::pipeline
