#include <fmt/format.h>

#include "sdk/archive/archive.hpp"
#include "sdk/rootfs/rootfs.hpp"
#include "sdk/rootfs/tree_path.hpp"

namespace rpikit::rootfs {

namespace {

using archive::Entry;
using archive::FileTree;
using archive::FileType;

/// The path in the tree that an entry of the overlay means: "lib/x" is usr/lib/x where lib is a link there.
std::string place(const FileTree& root, const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return path;
    const auto folder = resolve(root, path.substr(0, slash));
    if (!folder) return path;
    return (folder->empty() ? "" : *folder + '/') + path.substr(slash + 1);
}

bool leads_to_folder(const FileTree& root, const std::string& path) {
    const auto target = resolve(root, path);
    const auto* entry = target ? root.find(*target) : nullptr;
    return entry != nullptr && entry->type == FileType::directory;
}

}  // namespace

Result<> add_overlay(FileTree& root, const std::filesystem::path& folder) {
    auto overlay = archive::tree_from_directory(folder);
    if (!overlay) return fail(overlay.error(), "the board's rootfs.overlay cannot be read");
    for (const auto& [path, entry] : overlay->entries()) {
        const bool is_folder = entry.type == FileType::directory;
        // Folders that are there keep their rights; a link to one stays a link.
        if (path.empty() || (is_folder && leads_to_folder(root, path))) continue;
        const auto to = place(root, path);
        const auto* there = root.find(to);
        if (!is_folder && there != nullptr && there->type == FileType::directory) {
            return fail(
                {.message = fmt::format("{} cannot be put over the root file system, where it is a folder",
                                        (folder / path).string())});
        }
        Entry added = entry;
        added.uid = 0;  // whose checkout it is must not show in the image
        added.gid = 0;
        if (!added.hard_link.empty()) added.hard_link = place(root, added.hard_link);
        const auto done = root.add(to, std::move(added));
        if (!done)
            return fail(done.error(),
                        fmt::format("{} cannot be put over the root file system", (folder / path).string()));
    }
    return {};
}

}  // namespace rpikit::rootfs
