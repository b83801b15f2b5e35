#include "sdk/rootfs/initramfs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "sdk/rootfs/applets.hpp"
#include "sdk/rootfs/module_classes.hpp"
#include "sdk/rootfs/module_index.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::rootfs {

namespace fs = std::filesystem;

namespace {

using archive::Entry;
using archive::FileTree;
using archive::FileType;

constexpr std::array<const char*, 12> folders{"bin",  "conf", "dev",     "etc", "hooks", "lib",
                                              "proc", "run",  "newroot", "sys", "tmp",   "usr"};

constexpr std::array<std::pair<const char*, archive::Compression>, 4> compressions{{
    {"gzip", archive::Compression::gzip},
    {"xz", archive::Compression::xz},
    {"zstd", archive::Compression::zstd},
    {"none", archive::Compression::none},
}};

Result<> add_system(FileTree& tree, const InitramfsRequest& request) {
    for (const auto* folder : folders)
        TRY(tree.add_directory(folder));
    // The kernel runs /sbin/modprobe, scripts /usr/bin/env.
    for (const auto* link : {"sbin", "usr/bin", "usr/sbin"}) {
        TRY(tree.add_symlink(link, std::string(link).contains('/') ? "../bin" : "bin"));
    }
    // The kernel opens it for init before anything is mounted.
    TRY(tree.add(
        "dev/console",
        Entry{.type = FileType::character_device, .mode = 0600, .device_major = 5, .device_minor = 1}));
    TRY(tree.add_file("bin/busybox", request.busybox, 0755));
    for (const auto& applet : request.applets) {
        if (applet != "busybox") TRY(tree.add_symlink("bin/" + applet, "busybox"));
    }
    TRY(tree.add_file("init", std::string(init_script()), 0755));
    TRY(tree.add_file("conf/functions", std::string(init_functions())));
    return tree.add_file("conf/settings", fmt::format("timeout={}\n", request.board.initramfs.timeout));
}

Result<> check_applets(const InitramfsRequest& request) {
    std::vector<std::string> missing;
    for (const auto name : initramfs_applets()) {
        if (std::ranges::find(request.applets, name) == request.applets.end()) missing.emplace_back(name);
    }
    if (missing.empty()) return {};
    return fail({.message = "the busybox of the target lacks applets that the initramfs needs",
                 .causes = {fmt::format("missing: {}", join(missing, ", "))}});
}

std::string root_filesystem(const board::Board& board) {
    const auto& partitions = board.image.partitions;
    const auto root = std::ranges::find(partitions, "rootfs", &board::Partition::content);
    return root == partitions.end() ? "" : root->filesystem;
}

/// Those loaded by name, and all with what lies there for the devices that are found.
struct ChosenModules {
    std::vector<std::string> named;
    std::vector<std::string> all;
};

Result<ChosenModules> choose_modules(const board::Board& board, const ModuleIndex& index) {
    ChosenModules chosen;
    auto wanted = board.initramfs.modules;
    // A file system that is built in or comes from elsewhere was judged when the kernel was configured.
    if (const auto root = root_filesystem(board); index.has(root)) wanted.push_back(root);
    TRY_ASSIGN(chosen.named, index.closure(wanted));
    std::vector<std::string> present = chosen.named;
    for (const auto& name : board.initramfs.classes) {
        TRY_ASSIGN(const auto* kind, find_module_class(name));
        std::ranges::move(index.below(kind->folders), std::back_inserter(present));
    }
    TRY_ASSIGN(chosen.all, index.closure(present));
    return chosen;
}

/// busybox unpacks these itself (libbb/open_transformer.c); of zstd it knows nothing.
Result<> check_module_file(const std::string& file) {
    if (file.ends_with(".ko") || file.ends_with(".ko.gz") || file.ends_with(".ko.xz")) return {};
    return fail({.message = fmt::format("the initramfs cannot load the compressed module {}", file),
                 .hint = "--set MODULE_COMPRESS=n"});
}

Result<> add_modules(FileTree& tree, const InitramfsRequest& request) {
    const auto source = request.kernel.modules / "lib/modules" / request.kernel.release;
    TRY_ASSIGN(const auto index, ModuleIndex::read(source));
    TRY_ASSIGN(const auto chosen, choose_modules(request.board, index));
    std::string named;
    for (const auto& name : chosen.named)
        named += name + '\n';
    TRY(tree.add_file("conf/modules", std::move(named)));

    const std::string folder = "lib/modules/" + request.kernel.release + '/';
    for (const auto& [name, content] : index.files_for(chosen.all))
        TRY(tree.add_file(folder + name, content));
    for (const auto& name : chosen.all) {
        const auto& file = index.file(name);
        TRY(check_module_file(file));
        std::error_code error;
        const auto size = fs::file_size(source / file, error);
        if (error) {
            return fail({.message = fmt::format("cannot read the module {}", (source / file).string()),
                         .causes = {error.message()}});
        }
        TRY(tree.add(folder + file,
                     Entry{.content = archive::FileSlice{.file = source / file, .offset = 0, .size = size}}));
    }
    return {};
}

Result<> add_host_file(FileTree& tree, const fs::path& source, const std::string& target) {
    if (tree.find(target) != nullptr) {
        return fail(
            {.message = fmt::format("{} cannot be added to the initramfs as /{}", source.string(), target),
             .causes = {"it has such a file of its own"},
             .hint = "another path in the initramfs: FILE:/PATH; a script of a board goes into its hooks",
             .kind = ErrorKind::usage});
    }
    std::error_code error;
    const auto size = fs::file_size(source, error);
    const auto status = error ? fs::file_status() : fs::status(source, error);
    if (error || !fs::is_regular_file(status)) {
        return fail({.message = fmt::format("{} cannot be added to the initramfs", source.string()),
                     .causes = {error ? error.message() : "it is not a file"}});
    }
    const auto permissions = static_cast<std::uint32_t>(status.permissions());
    auto added =
        tree.add(target, Entry{.mode = (permissions & 0111) != 0 ? 0755U : 0644U,
                               .content = archive::FileSlice{.file = source, .offset = 0, .size = size}});
    if (!added)
        return fail(added.error(), fmt::format("{} cannot be added to the initramfs", source.string()));
    return {};
}

Result<> add_own_files(FileTree& tree, const InitramfsRequest& request) {
    for (const auto* files : {&request.board.initramfs.files, &request.files}) {
        for (const auto& file : *files)
            TRY(add_host_file(tree, file.source, file.target));
    }
    TRY_ASSIGN(const auto hooks, find_hooks(request.board));
    for (const auto& hook : hooks) {
        TRY(add_host_file(tree, hook.file,
                          fmt::format("hooks/{}/{}", hook.place, hook.file.filename().string())));
    }
    return {};
}

}  // namespace

Result<FileTree> make_initramfs(const InitramfsRequest& request) {
    TRY(check_busybox(request.busybox, request.board.rootfs.debian_arch));
    TRY(check_applets(request));
    FileTree tree;
    TRY(add_system(tree, request));
    if (auto added = add_modules(tree, request); !added) {
        return fail(added.error(), "cannot put the modules into the initramfs");
    }
    TRY(add_own_files(tree, request));
    return tree;
}

Result<archive::Compression> parse_compression(const std::string& name) {
    std::vector<std::string> known;
    for (const auto& [known_name, compression] : compressions) {
        if (name == known_name) return compression;
        known.emplace_back(known_name);
    }
    const auto near = near_match(name, known);
    return fail({.message = fmt::format("there is no compression '{}' for an initramfs", name),
                 .hint = near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("one of: {}", join(known, ", ")),
                 .kind = ErrorKind::usage});
}

}  // namespace rpikit::rootfs
