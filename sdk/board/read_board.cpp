#include "sdk/board/read_board.hpp"

#include <algorithm>

#include "sdk/board/check.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {
namespace {

std::vector<std::filesystem::path> paths_at(const Value& table, std::string_view path) {
    std::vector<std::filesystem::path> paths;
    for (const auto& item : table.array_at(path))
        paths.push_back(resolve_path(item));
    return paths;
}

std::optional<std::uint64_t> size_at(const Value& table, std::string_view path) {
    const auto* value = table.find(path);
    if (value == nullptr) return std::nullopt;
    if (value->integer() != nullptr) return static_cast<std::uint64_t>(*value->integer());
    return parse_size(*value->string()).value_or(0);
}

KernelSource read_source(const Value& source) {
    const auto* path = source.find("path");
    return {.name = source.text_at("name"),
            .provider = source.text_at("provider"),
            .url = source.text_at("url"),
            .branch = source.text_at("branch"),
            .package = source.text_at("package"),
            .alternatives = source.texts_at("alternatives"),
            .sha256 = source.text_at("sha256"),
            .path = path != nullptr ? resolve_path(*path) : std::filesystem::path(),
            .defconfig = source.text_at("defconfig"),
            .profile = source.text_at("profile"),
            .cmdline = source.text_at("cmdline"),
            .where = source.where};
}

std::vector<KernelSource> read_sources(const Value& kernel) {
    std::vector<KernelSource> all;
    for (const auto& source : kernel.array_at("source"))
        all.push_back(read_source(source));
    if (kernel.find("source_order") == nullptr) return all;
    std::vector<KernelSource> chosen;
    for (const auto& name : kernel.texts_at("source_order")) {
        chosen.push_back(*std::ranges::find(all, name, &KernelSource::name));
    }
    return chosen;
}

Kernel read_kernel(const Value& kernel) {
    Kernel result{.arch = kernel.text_at("arch"),
                  .cross_compile = kernel.text_at("cross_compile"),
                  .toolchain = kernel.text_at("toolchain"),
                  .image = kernel.text_at("image"),
                  .dtbs = kernel.texts_at("dtbs"),
                  .patches = paths_at(kernel, "patches"),
                  .sources = read_sources(kernel),
                  .default_profile = kernel.text_at("default_profile"),
                  .devices = {.leave_out = kernel.texts_at("devices.leave_out"),
                              .as_module = kernel.texts_at("devices.as_module")},
                  .modaliases = paths_at(kernel, "modaliases"),
                  .root_symbols = kernel.texts_at("root_symbols")};
    if (const auto* key = kernel.find("signing_key")) result.signing_key = resolve_path(*key);
    if (const auto* file = kernel.find("dtb_file")) result.dtb_file = resolve_path(*file);
    const auto fragments = paths_at(kernel, "fragments");
    for (const auto& member : kernel.find("profile")->table()->members) {
        Profile profile{.base = member.value.text_at("base"),
                        .fragments = paths_at(member.value, "fragments"),
                        .derive = member.value.boolean_at("derive"),
                        .where = member.value.where};
        profile.fragments.insert(profile.fragments.end(), fragments.begin(), fragments.end());
        const auto extra = paths_at(member.value, "extra_fragments");
        profile.fragments.insert(profile.fragments.end(), extra.begin(), extra.end());
        result.profiles.emplace(member.key, std::move(profile));
    }
    return result;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
}

Menu read_menu(const Value& menu) {
    Menu result{.timeout = static_cast<unsigned>(menu.integer_at("timeout")),
                .style = menu.text_at("style"),
                .default_title = menu.text_at("default"),
                .serial = static_cast<unsigned>(menu.integer_at("serial"))};
    for (const auto& entry : menu.array_at("entry")) {
        result.entries.push_back({.title = entry.text_at("title"),
                                  .cmdline = entry.text_at("cmdline"),
                                  .append = entry.text_at("append")});
    }
    return result;
}

std::vector<RawLoader> read_loaders(const Value& boot) {
    std::vector<RawLoader> loaders;
    for (const auto& loader : boot.array_at("loader")) {
        const auto* path = loader.find("path");
        loaders.push_back({.file = loader.text_at("file"),
                           .path = path != nullptr ? resolve_path(*path) : std::filesystem::path(),
                           .offset = size_at(loader, "offset").value_or(0),
                           .where = loader.where});
    }
    return loaders;
}

Boot read_boot(const Value& boot, const Kernel& kernel) {
    Boot result{.method = boot.text_at("method"),
                .cmdline = boot.text_at("cmdline"),
                .config_txt = boot.texts_at("config_txt"),
                .firmware = boot.texts_at("firmware"),
                .overlays = boot.texts_at("overlays"),
                .overlay_files = paths_at(boot, "overlay_files"),
                .package = boot.text_at("package"),
                .loaders = read_loaders(boot),
                .menu = read_menu(*boot.find("menu"))};
    for (auto& line : result.config_txt) {
        replace_all(line, "{image}", kernel.image);
        if (!kernel.dtbs.empty()) {
            replace_all(line, "{dtb}", std::filesystem::path(kernel.dtbs.front()).filename().string());
        }
    }
    return result;
}

Image read_image(const Value& image) {
    Image result{.table = image.text_at("table"), .alignment = size_at(image, "alignment").value_or(0)};
    for (const auto& partition : image.array_at("partition")) {
        result.partitions.push_back({.name = partition.text_at("name"),
                                     .filesystem = partition.text_at("filesystem"),
                                     .content = partition.text_at("content"),
                                     .label = partition.text_at("label"),
                                     .type = partition.text_at("type"),
                                     .size = size_at(partition, "size"),
                                     .free = size_at(partition, "free").value_or(0),
                                     .bootable = partition.boolean_at("bootable"),
                                     .where = partition.where});
    }
    return result;
}

RootFs read_rootfs(const Value& rootfs) {
    const auto* overlay = rootfs.find("overlay");
    return {.hostname = rootfs.text_at("hostname"),
            .consoles = rootfs.texts_at("consoles"),
            .network = rootfs.text_at("network"),
            .debian_arch = rootfs.text_at("debian_arch"),
            .modules = rootfs.texts_at("modules"),
            .overlay = overlay != nullptr ? resolve_path(*overlay) : std::filesystem::path()};
}

Initramfs read_initramfs(const Value& initramfs) {
    Initramfs result{.enabled = initramfs.boolean_at("enabled"),
                     .compression = initramfs.text_at("compression"),
                     .modules = initramfs.texts_at("modules"),
                     .classes = {"storage"},
                     .timeout = static_cast<unsigned>(initramfs.integer_at("timeout"))};
    if (initramfs.find("classes") != nullptr) result.classes = initramfs.texts_at("classes");
    for (const auto& file : initramfs.array_at("files"))
        result.files.push_back(parse_initramfs_file(resolve_path(file).string()));
    return result;
}

Emulator read_emulator(const Value& emulator) {
    Emulator result{.machine = emulator.text_at("machine"),
                    .system = emulator.text_at("system"),
                    .memory = emulator.text_at("memory"),
                    .firmware = emulator.text_at("firmware"),
                    .disk = emulator.text_at("disk"),
                    .disk_slot = emulator.text_at("disk_slot"),
                    .console = emulator.text_at("console"),
                    .append = emulator.texts_at("append"),
                    .arguments = emulator.texts_at("arguments"),
                    .cpus = static_cast<unsigned>(emulator.integer_at("cpus")),
                    .cpu = emulator.text_at("cpu")};
    for (const auto& edit : emulator.array_at("device_tree")) {
        result.device_tree.push_back({.node = edit.text_at("node"),
                                      .disable = edit.boolean_at("disable"),
                                      .remove = edit.texts_at("remove"),
                                      .flags = edit.texts_at("flags")});
    }
    return result;
}

/// A board that extends a tested one has not been tested by that.
std::string tested_at(const Value& document, const std::filesystem::path& file) {
    const auto* tested = document.find("tested");
    return tested != nullptr && tested->where.file == file ? *tested->string() : std::string();
}

}  // namespace

InitramfsFile parse_initramfs_file(const std::string& text) {
    const auto colon = text.rfind(':');
    const std::filesystem::path source = text.substr(0, colon);
    auto target = colon == std::string::npos ? source.filename().string() : text.substr(colon + 1);
    if (target.starts_with('/')) target.erase(0, 1);
    return {.source = source, .target = std::move(target)};
}

Board read_board(const Value& document, std::span<const std::filesystem::path> files) {
    Board board{.name = files.front().stem().string(),
                .description = document.text_at("description"),
                .tested = tested_at(document, files.front()),
                .file = std::filesystem::absolute(files.front()).lexically_normal(),
                .kernel = read_kernel(*document.find("kernel")),
                .image = read_image(*document.find("image")),
                .rootfs = read_rootfs(*document.find("rootfs")),
                .initramfs = read_initramfs(*document.find("initramfs")),
                .emulator = read_emulator(*document.find("emulator")),
                .checks = {.root_device = document.text_at("checks.root_device"),
                           .modules = document.texts_at("checks.modules"),
                           .unbound = document.texts_at("checks.unbound")}};
    board.boot = read_boot(*document.find("boot"), board.kernel);
    for (const auto& file : files)
        board.files.push_back(std::filesystem::absolute(file).lexically_normal());
    return board;
}

}  // namespace rpikit::board
