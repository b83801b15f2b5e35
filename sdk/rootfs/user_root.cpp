#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "sdk/archive/archive.hpp"
#include "sdk/rootfs/elf.hpp"
#include "sdk/rootfs/rootfs.hpp"
#include "sdk/rootfs/tree_path.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::rootfs {

namespace fs = std::filesystem;

namespace {

using archive::Entry;
using archive::FileTree;
using archive::FileType;

/// In the order in which the kernel tries them (kernel_init in init/main.c).
constexpr std::array<const char*, 4> first_programs{"/sbin/init", "/etc/init", "/bin/init", "/bin/sh"};

struct MountPoint {
    const char* path;
    std::uint32_t mode;
};
constexpr std::array mount_points{MountPoint{"dev", 0755}, MountPoint{"proc", 0555}, MountPoint{"run", 0755},
                                  MountPoint{"sys", 0555}, MountPoint{"tmp", 01777}};

struct Program {
    std::string path;  ///< where the name leads to in the tree
    std::string content;
};

/// An executable file by its path in the running system, or nothing.
Result<std::optional<Program>> find_program(const FileTree& tree, const std::string& name) {
    const auto path = resolve(tree, name);
    if (!path) return std::nullopt;
    const Entry* entry = tree.find(*path);
    if (entry != nullptr && !entry->hard_link.empty()) entry = tree.find(entry->hard_link);
    if (entry == nullptr || entry->type != FileType::regular || (entry->mode & 0111) == 0) {
        return std::nullopt;
    }
    TRY_ASSIGN(auto content, archive::read_content(*entry));
    return Program{*path, std::move(content)};
}

/// "/bin/sh" of "#!/bin/sh -e".
std::string script_interpreter(std::string_view script) {
    const auto line = trim(script.substr(2, script.find('\n') - 2));
    return std::string(line.substr(0, line.find_first_of(" \t")));
}

/// An error unless the program, or what interprets it, can be started on the target. \param depth how many
/// scripts have led here; the kernel follows a few as well
Result<> check_runs(const FileTree& tree, const std::string& name, const std::string& debian_arch,
                    int depth = 0) {
    TRY_ASSIGN(const auto program, find_program(tree, name));
    if (!program) return fail({.message = fmt::format("{} is missing or cannot be executed", name)});
    if (program->content.starts_with("#!") && depth < 4) {
        const auto checked = check_runs(tree, script_interpreter(program->content), debian_arch, depth + 1);
        if (!checked) return fail(checked.error(), fmt::format("{} is a script that cannot run", name));
        return {};
    }
    const auto elf = read_elf(program->content);
    if (!elf) return fail(elf.error(), fmt::format("{} cannot be started", name));
    if (const auto fits = check_architecture(*elf, debian_arch); !fits) {
        return fail({.message = fmt::format("{} {}", name, fits.error().message)});
    }
    if (elf->interpreter && !resolve(tree, *elf->interpreter)) {
        return fail({.message = fmt::format("{} needs {}, which is missing", name, *elf->interpreter)});
    }
    return {};
}

/// When the root file system lies one folder down, as in an archive made of the folder itself.
std::optional<std::string> folder_with_root(const FileTree& tree) {
    for (const auto& [path, entry] : tree.entries()) {
        if (path.empty() || path.contains('/') || entry.type != FileType::directory) continue;
        for (const auto* name : {"/sbin", "/bin"}) {
            if (tree.find(path + name) != nullptr && path != "usr") return path;
        }
    }
    return std::nullopt;
}

Error nothing_to_start(const FileTree& tree) {
    Error error{.message = "there is nothing to start in it",
                .causes = {fmt::format("looked for {}", fmt::join(first_programs, ", "))},
                .hint = "give the folder that is to become /, for example one made by debootstrap"};
    if (const auto inner = folder_with_root(tree)) {
        error.hint = fmt::format(
            "the root seems to be the folder '{0}' in it: give that folder, or pack it "
            "with tar -C {0} -cf rootfs.tar .",
            *inner);
    }
    return error;
}

Result<> check_starts(const FileTree& tree, const std::string& debian_arch) {
    for (const auto* name : first_programs) {
        TRY_ASSIGN(const auto program, find_program(tree, name));
        if (program) return check_runs(tree, name, debian_arch);
    }
    return fail(nothing_to_start(tree));
}

/// Found now and all at once rather than one by one while the image is written.
Result<> check_readable(const FileTree& tree, const fs::path& source) {
    std::vector<std::string> unreadable;
    for (const auto& [path, entry] : tree.entries()) {
        const auto* slice = std::get_if<archive::FileSlice>(&entry.content);
        if (entry.type != FileType::regular || slice == nullptr || slice->size == 0) continue;
        if (access(slice->file.c_str(), R_OK) != 0) unreadable.push_back('/' + path);
    }
    if (unreadable.empty()) return {};
    std::string detail;
    for (std::size_t i = 0; i < unreadable.size() && i < 10; ++i)
        detail += "  " + unreadable[i] + '\n';
    return fail({.message = fmt::format("{} of its files may not be read", unreadable.size()),
                 .detail = std::move(detail),
                 .hint = fmt::format("sudo tar -C {} --xattrs -cf rootfs.tar . && sudo chmod a+r rootfs.tar",
                                     shell_quote(source.string()))});
}

Result<> add_mount_points(const host::Host& host, FileTree& tree) {
    std::vector<std::string> added;
    for (const auto& point : mount_points) {
        if (tree.find(point.path) != nullptr) continue;
        TRY(tree.add_directory(point.path, point.mode));
        added.push_back(std::string("/") + point.path);
    }
    if (!added.empty()) host.note(fmt::format("added to the root file system: {}", join(added, ", ")));
    return {};
}

Result<FileTree> read_tree(const host::Host& host, const fs::path& source, const fs::path& spool) {
    std::error_code error;
    const auto status = fs::status(source, error);
    if (fs::is_directory(status)) return archive::tree_from_directory(source);
    if (fs::is_regular_file(status)) {
        return archive::tree_from_archive(source, spool, {.stop = host.stop});
    }
    return fail({.message = fs::exists(status) ? "it is neither a folder nor a file" : "it does not exist",
                 .hint = "give a folder or a tar with --rootfs"});
}

Result<FileTree> load_checked(const host::Host& host, const fs::path& source, const fs::path& spool,
                              const std::string& debian_arch) {
    TRY_ASSIGN(FileTree tree, read_tree(host, source, spool));
    TRY(check_readable(tree, source));
    TRY(check_starts(tree, debian_arch));
    TRY(add_mount_points(host, tree));
    return tree;
}

}  // namespace

Result<FileTree> load_user_rootfs(const host::Host& host, const fs::path& source, const fs::path& spool,
                                  const std::string& debian_arch) {
    auto tree = load_checked(host, source, spool, debian_arch);
    if (!tree) {
        return fail(tree.error(), fmt::format("{} cannot be the root file system", source.string()));
    }
    return tree;
}

}  // namespace rpikit::rootfs
