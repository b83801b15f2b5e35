#include "sdk/image/fat_tree.hpp"

#include <fmt/format.h>

#include <map>

#include "sdk/image/fat_format.hpp"

namespace rpikit::image {

namespace {

std::string_view file_name(const std::string& path) {
    return std::string_view(path).substr(path.rfind('/') + 1);
}

std::string parent_path(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

Result<> check_entry(const std::string& path, const archive::Entry& entry) {
    const auto refuse = [&](std::string_view what) {
        return fail({.message = fmt::format("{} is {}, which FAT cannot hold", path, what),
                     .hint = "put it on an ext4 partition, or leave it out"});
    };
    switch (entry.type) {
        case archive::FileType::symlink:
            return refuse("a symbolic link");
        case archive::FileType::character_device:
        case archive::FileType::block_device:
            return refuse("a device");
        case archive::FileType::fifo:
            return refuse("a named pipe");
        case archive::FileType::regular:
        case archive::FileType::directory:
            break;
    }
    if (!entry.hard_link.empty()) return refuse("a hard link");
    if (archive::content_size(entry) > UINT32_MAX) return refuse("a file of 4 GiB or more");
    auto name = check_fat_name(file_name(path));
    if (!name) return fail(name.error(), fmt::format("{} cannot be stored on FAT", path));
    return {};
}

/// Names the children of one directory and sizes it.
Result<> name_children(std::vector<FatNode>& nodes, std::size_t directory) {
    std::vector<std::string_view> names;
    std::map<std::u16string, const std::string*> folded;
    for (const std::size_t child : nodes[directory].children) {
        const std::string& path = *nodes[child].path;
        names.push_back(file_name(path));
        const auto [other, fresh] = folded.emplace(fold_fat_name(names.back()), &path);
        if (fresh) continue;
        return fail({.message = fmt::format("{} and {} are the same name on FAT", *other->second, path),
                     .hint = "rename one of them: FAT does not tell upper from lower case"});
    }
    const auto fat_names = make_fat_names(names);
    // The root has the volume's label, every other directory "." and "..".
    std::uint64_t slots = directory == 0 ? 1 : 2;
    for (std::size_t i = 0; i < fat_names.size(); ++i) {
        slots += fat_names[i].slots();
        nodes[nodes[directory].children[i]].name = fat_names[i];
    }
    constexpr std::uint64_t most = 65536;  // fatgen103, section 6
    if (slots > most) {
        return fail({.message = fmt::format("the folder '{}' needs {} entries, FAT allows {}",
                                            directory == 0 ? "/" : *nodes[directory].path, slots, most)});
    }
    nodes[directory].size = slots * sizeof(FatEntry);
    return {};
}

}  // namespace

Result<std::vector<FatNode>> make_fat_tree(const archive::FileTree& tree) {
    std::vector<FatNode> nodes = {{.entry = tree.find(""), .directory = true}};
    std::map<std::string, std::size_t> directories = {{"", 0}};
    for (const auto& [path, entry] : tree.entries()) {
        if (path.empty()) continue;
        TRY(check_entry(path, entry));
        const bool directory = entry.type == archive::FileType::directory;
        const std::size_t parent = directories.at(parent_path(path));
        if (directory) directories.emplace(path, nodes.size());
        nodes[parent].children.push_back(nodes.size());
        nodes.push_back({.path = &path,
                         .entry = &entry,
                         .size = directory ? 0 : archive::content_size(entry),
                         .directory = directory,
                         .parent = parent});
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].directory) TRY(name_children(nodes, i));
    }
    return nodes;
}

}  // namespace rpikit::image
