#include <fmt/format.h>

#include "sdk/archive/archive.hpp"
#include "sdk/rootfs/rootfs.hpp"
#include "sdk/rootfs/tree_path.hpp"

namespace rpikit::rootfs {

namespace {

using archive::FileTree;

/// The folder of all modules: where the tree's /lib leads to, "usr/lib/modules" with a merged /usr.
Result<std::string> modules_folder(const FileTree& root) {
    if (root.find("lib") == nullptr) return "lib/modules";
    const auto lib = resolve(root, "lib");
    if (!lib) {
        return fail({.message = "the root file system's /lib leads nowhere",
                     .causes = {fmt::format("it is a link to {}", root.find("lib")->target)},
                     .hint = "add the folder it points to"});
    }
    return *lib + "/modules";
}

/// The tree without what lies below `folder`.
Result<FileTree> without(const FileTree& tree, const std::string& folder) {
    FileTree rest;
    for (const auto& [path, entry] : tree.entries()) {
        if (path != folder && !path.starts_with(folder + '/')) TRY(rest.add(path, entry));
    }
    return rest;
}

/// make modules_install leaves links to the build and source folders; they lead nowhere on the target and
/// would make the image depend on where it was built.
bool leads_to_build_folder(const std::string& path, const archive::Entry& entry) {
    return entry.type == archive::FileType::symlink && (path == "build" || path == "source");
}

}  // namespace

Result<> add_modules(FileTree& root, const kernel::KernelArtifacts& kernel) {
    const auto staged = kernel.modules / "lib/modules" / kernel.release;
    std::error_code ignored;
    if (kernel.module_count == 0 && !std::filesystem::exists(staged, ignored)) return {};
    const std::string what = fmt::format("cannot add the modules of Linux {}", kernel.release);
    const auto modules = archive::tree_from_directory(staged);
    if (!modules) return fail(modules.error(), what);
    const auto parent = modules_folder(root);
    if (!parent) return fail(parent.error(), what);

    const std::string folder = *parent + '/' + kernel.release;
    if (root.find(folder) != nullptr) {
        TRY_ASSIGN(root, without(root, folder));
    }
    for (const auto& [path, entry] : modules->entries()) {
        if (leads_to_build_folder(path, entry)) continue;
        TRY(root.add(path.empty() ? folder : folder + '/' + path, entry));
    }
    return {};
}

}  // namespace rpikit::rootfs
