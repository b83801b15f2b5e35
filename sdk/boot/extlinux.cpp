#include "sdk/boot/extlinux.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/boot/device_tree.hpp"
#include "sdk/boot/host_files.hpp"
#include "sdk/boot/overlays.hpp"
#include "sdk/boot/own_overlays.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

/// U-Boot puts its own variables in the place of ${NAME} in a command line.
Result<> check_words(const std::string& cmdline, const board::Board& board) {
    if (!cmdline.contains('$')) return {};
    return fail({.message = "the kernel command line has a $, which U-Boot would read as its own",
                 .where = Location{.file = board.file},
                 .causes = {cmdline},
                 .hint = "write boot.cmdline and the menu's entries without it"});
}

std::string label(const MenuLine& line, std::size_t number) {
    const auto& kernel = line.kernel;
    auto text =
        fmt::format("label l{}\n    menu label {}\n    kernel {}\n", number, line.title, kernel.kernel);
    if (!kernel.initramfs.empty()) text += fmt::format("    initrd {}\n", kernel.initramfs);
    if (!kernel.device_tree.empty()) text += fmt::format("    fdt {}\n", kernel.device_tree);
    if (!kernel.overlays.empty()) text += fmt::format("    fdtoverlays {}\n", join(kernel.overlays, " "));
    return text + fmt::format("    append {}\n", line.cmdline);
}

/// The first of the board's device trees is handed to the kernel; a kept kernel gets its own of that name,
/// and none when the board has none now.
Result<> add_device_trees(archive::FileTree& tree, MenuKernel& entry, const kernel::KernelArtifacts& kernel,
                          const board::Board& board) {
    const fs::path folder = fs::path("dtbs") / kernel.release;
    const auto first =
        board.kernel.dtbs.empty() ? fs::path() : fs::path(board.kernel.dtbs.front()).filename();
    for (const auto& dtb : kernel.dtbs) {
        TRY_ASSIGN(const auto blob, host::read_file(dtb));
        if (const auto checked = check_device_tree(blob); !checked)
            return fail(checked.error(), fmt::format("{} cannot be used", dtb.string()));
        const auto path = (folder / dtb.filename()).string();
        TRY(add_host_file(tree, path, dtb));
        if (dtb.filename() == first) entry.device_tree = '/' + path;
    }
    return {};
}

/// Unlike the Raspberry Pi's firmware nothing chooses among overlays later: those that are named are applied.
Result<> add_wanted_overlays(archive::FileTree& tree, MenuKernel& entry, const BootInputs& inputs) {
    const auto& wanted = inputs.board.boot.overlays;
    if (wanted.empty()) return {};
    const auto blob =
        inputs.kernel.dtbs.empty() ? Result<std::string>("") : host::read_file(inputs.kernel.dtbs.front());
    if (!blob) return fail(blob.error());
    if (!has_symbols(*blob)) {
        return fail({.message = "overlays cannot be applied: the board's device tree has no symbols",
                     .where = Location{.file = inputs.board.file},
                     .hint =
                         "leave boot.overlays out, or take a kernel tree that builds its device trees with "
                         "dtc -@"});
    }
    const auto prefix = fmt::format("dtbs/{}/overlays/", inputs.kernel.release);
    TRY(add_overlays(tree, inputs, prefix));
    for (const auto& name : wanted)
        entry.overlays.push_back('/' + prefix + name + ".dtbo");
    return {};
}

/// U-Boot applies them with libfdt, after those of the kernel.
Result<> add_own_overlays(archive::FileTree& tree, MenuKernel& entry, const BootInputs& inputs) {
    TRY_ASSIGN(const auto overlays, make_own_overlays(inputs, OverlayLabels::all));
    for (const auto& overlay : overlays) {
        const auto path = fmt::format("dtbs/{}/overlays/{}.dtbo", inputs.kernel.release, overlay.name);
        if (tree.find(path) != nullptr) {
            return fail({.message = fmt::format("boot.overlays has an overlay '{}', too", overlay.name),
                         .where = Location{.file = inputs.board.file},
                         .hint = "give the file in boot.overlay_files another name"});
        }
        TRY(tree.add_file(path, overlay.blob));
        entry.overlays.push_back('/' + path);
    }
    return {};
}

}  // namespace

Result<std::string> make_extlinux(const board::Board& board, const BootMenu& menu) {
    const auto& settings = board.boot.menu;
    // U-Boot asks as soon as a menu is named, and without a time it waits for ever.
    const bool asks = menu.lines.size() > 1 && settings.timeout > 0 && settings.style != "hidden";
    std::string text;
    if (asks)
        text += fmt::format("menu title Linux\nprompt 1\ntimeout {}\n",
                            10 * settings.timeout);  // tenths of a second
    text += fmt::format("default l{}\n", menu.chosen);
    for (std::size_t i = 0; i < menu.lines.size(); ++i) {
        TRY(check_words(menu.lines[i].cmdline, board));
        text += '\n' + label(menu.lines[i], i);
    }
    return text;
}

Result<archive::FileTree> make_extlinux_files(const BootInputs& inputs) {
    archive::FileTree tree;
    std::vector<MenuKernel> kernels;
    const auto add = [&](const kernel::KernelArtifacts& kernel, const fs::path& initramfs) -> Result<> {
        TRY_ASSIGN(auto entry, add_menu_kernel(tree, kernel, initramfs, inputs.board.kernel.arch));
        TRY(add_device_trees(tree, entry, kernel, inputs.board));
        kernels.push_back(std::move(entry));
        return {};
    };
    TRY(add(inputs.kernel, inputs.initramfs));
    TRY(add_wanted_overlays(tree, kernels.front(), inputs));
    TRY(add_own_overlays(tree, kernels.front(), inputs));
    for (const auto& kept : inputs.kept)
        TRY(add(kept.kernel, kept.initramfs));
    TRY_ASSIGN(const auto menu, make_boot_menu(inputs.board, kernels, inputs.root));
    TRY_ASSIGN(auto text, make_extlinux(inputs.board, menu));
    TRY(tree.add_file(std::string(extlinux_path), std::move(text)));
    return tree;
}

}  // namespace rpikit::boot
