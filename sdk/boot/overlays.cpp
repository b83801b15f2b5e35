#include "sdk/boot/overlays.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/boot/device_tree.hpp"
#include "sdk/boot/host_files.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

/// Without ".dtbo".
std::vector<std::string> overlays_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& name : names_in(folder)) {
        if (name.ends_with(".dtbo")) names.push_back(name.substr(0, name.size() - 5));
    }
    std::ranges::sort(names);
    return names;
}

Result<> check_wanted(const BootInputs& inputs, const std::vector<std::string>& built) {
    for (const auto& name : inputs.board.boot.overlays) {
        if (std::ranges::binary_search(built, name)) continue;
        const auto near = near_match(name, built);
        std::string hint =
            "remove it from boot.overlays, or build a Raspberry Pi kernel: mainline has no overlays";
        if (near) hint = fmt::format("did you mean '{}'?", *near);
        return fail({.message = fmt::format("the kernel has no overlay '{}'", name),
                     .where = Location{.file = inputs.board.file},
                     .causes = {fmt::format("it was built with {} overlays", built.size())},
                     .hint = std::move(hint)});
    }
    return {};
}

/// With os_prefix the firmware takes overlays from there only if this file is there.
Result<> add_readme(archive::FileTree& tree, const BootInputs& inputs, const fs::path& folder,
                    const std::string& path) {
    if (is_file(folder / "README")) return add_host_file(tree, path, folder / "README");
    return tree.add_file(path, fmt::format("Device tree overlays of Linux {}.\n", inputs.kernel.release));
}

}  // namespace

Result<std::vector<std::string>> add_overlays(archive::FileTree& tree, const BootInputs& inputs,
                                              const std::string& prefix) {
    const fs::path folder = inputs.kernel.image.parent_path() / "dts/overlays";
    const auto built = overlays_in(folder);
    TRY(check_wanted(inputs, built));
    if (built.empty()) return {};
    const auto& wanted = inputs.board.boot.overlays.empty() ? built : inputs.board.boot.overlays;
    for (const auto& name : wanted) {
        const fs::path file = folder / (name + ".dtbo");
        TRY_ASSIGN(const auto blob, host::read_file(file));
        if (const auto checked = check_device_tree(blob); !checked) {
            return fail(checked.error(), fmt::format("{} cannot be used", file.string()));
        }
        TRY(add_host_file(tree, prefix + name + ".dtbo", file));
    }
    TRY(add_readme(tree, inputs, folder, prefix + "README"));
    const fs::path map = folder / "overlay_map.dtb";
    if (!is_file(map)) return {};
    TRY(add_host_file(tree, prefix + "overlay_map.dtb", map));
    TRY_ASSIGN(const auto blob, host::read_file(map));
    return mapped_overlays(blob);
}

}  // namespace rpikit::boot
