#include "sdk/package/tar.hpp"

namespace rpikit::package {

namespace fs = std::filesystem;

namespace {

Result<> add_file(archive::FileTree& tree, const std::string& path, const fs::path& file, std::int64_t time) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return fail({.message = "cannot read " + file.string(), .causes = {error.message()}});
    return tree.add(path, {.mtime = time, .content = archive::FileSlice{.file = file, .size = size}});
}

}  // namespace

Result<archive::FileTree> kernel_tree(const kernel::KernelArtifacts& artifacts,
                                      const std::vector<std::string>& dtbs, std::int64_t latest) {
    const auto& release = artifacts.release;
    TRY_ASSIGN(auto tree, archive::tree_from_directory(artifacts.modules));
    TRY(add_file(tree, "boot/vmlinuz-" + release, artifacts.image, latest));
    TRY(add_file(tree, "boot/System.map-" + release, artifacts.system_map, latest));
    TRY(add_file(tree, "boot/config-" + release, artifacts.config, latest));
    for (std::size_t i = 0; i < artifacts.dtbs.size(); ++i)
        TRY(add_file(tree, "boot/dtbs/" + release + "/" + dtbs.at(i), artifacts.dtbs[i], latest));
    // Not "no younger than": what make leaves untouched keeps an hour of the machine's.
    archive::FileTree pinned;
    for (const auto& [path, entry] : tree.entries()) {
        auto copy = entry;
        copy.mtime = latest;
        TRY(pinned.add(path, std::move(copy)));
    }
    return pinned;
}

}  // namespace rpikit::package
