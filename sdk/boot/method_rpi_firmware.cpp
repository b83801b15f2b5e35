#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/command_line.hpp"
#include "sdk/boot/config_txt.hpp"
#include "sdk/boot/device_tree.hpp"
#include "sdk/boot/host_files.hpp"
#include "sdk/boot/kernel_image.hpp"
#include "sdk/boot/overlays.hpp"
#include "sdk/boot/own_overlays.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

using archive::FileTree;

/// What lies where is decided by config.txt, so it is read before anything else.
struct Layout {
    std::string text;  ///< of config.txt
    ConfigTxt config;
    std::string prefix;    ///< os_prefix
    std::string kernel;    ///< path on the partition
    std::string cmdline;   ///< path on the partition
    std::string overlays;  ///< what stands before an overlay's name: "overlays/"

    std::string os_path(const std::string& name) const {
        return name.starts_with('/') ? name.substr(1) : prefix + name;
    }
};

std::string initramfs_name(const kernel::KernelArtifacts& kernel) {
    return "initrd.img-" + kernel.release;
}

Layout plan(const BootInputs& inputs) {
    Layout layout;
    for (const auto& line : inputs.board.boot.config_txt)
        layout.text += line + '\n';
    layout.config = parse_config_txt(layout.text);
    if (!inputs.initramfs.empty() && !layout.config.has("initramfs")) {
        // An [all] before it, should the descriptor's lines end below a filter.
        layout.text += fmt::format("[all]\ninitramfs {} followkernel\n", initramfs_name(inputs.kernel));
        layout.config = parse_config_txt(layout.text);
    }
    if (const auto& own = inputs.board.boot.overlay_files; !own.empty()) {
        layout.text += "[all]\n";
        for (const auto& file : own)
            layout.text += fmt::format("dtoverlay={}\n", overlay_name(file));
        layout.config = parse_config_txt(layout.text);
    }
    const auto value_or = [&](const char* key, const std::string& fallback) {
        auto value = layout.config.value(key);
        return value.empty() ? fallback : value;
    };
    layout.prefix = layout.config.value("os_prefix");
    if (layout.prefix.starts_with('/')) layout.prefix.erase(0, 1);
    layout.kernel = layout.os_path(value_or("kernel", default_kernel_name(inputs.board.kernel.arch)));
    layout.cmdline = layout.os_path(value_or("cmdline", "cmdline.txt"));
    layout.overlays = layout.prefix + value_or("overlay_prefix", "overlays/");
    return layout;
}

/// From the Raspberry Pi 5 on the firmware is on the board
/// (https://www.raspberrypi.com/documentation/computers/config_txt.html#start_file).
bool has_own_firmware(const kernel::KernelArtifacts& kernel) {
    if (kernel.dtbs.empty()) return false;
    const auto blob = host::read_file(kernel.dtbs.front());
    const auto names = blob ? read_compatible(*blob) : fail(blob.error());
    return names && std::ranges::find(*names, "brcm,bcm2712") != names->end();
}

/// A board is a Raspberry Pi when its device tree says so.
Result<> check_board_tree(const fs::path& file) {
    TRY_ASSIGN(const auto blob, host::read_file(file));
    const auto names = read_compatible(blob);
    if (!names) return fail(names.error(), fmt::format("{} cannot be used", file.string()));
    const auto ours = [](const std::string& name) { return name.starts_with("raspberrypi,"); };
    if (std::ranges::any_of(*names, ours)) return {};
    return fail({.message = fmt::format("{} is not a Raspberry Pi's device tree", file.string()),
                 .causes = {fmt::format("it is compatible with {}", join(*names, ", "))}});
}

Result<> add_device_trees(FileTree& tree, const BootInputs& inputs, const Layout& layout) {
    for (const auto& dtb : inputs.kernel.dtbs) {
        TRY(check_board_tree(dtb));
        TRY(add_host_file(tree, layout.prefix + dtb.filename().string(), dtb));
    }
    return {};
}

/// The firmware knows overlays by name alone.
Result<> add_own_overlays(FileTree& tree, const BootInputs& inputs, const Layout& layout,
                          const std::vector<std::string>& mapped) {
    TRY_ASSIGN(const auto own, make_own_overlays(inputs, OverlayLabels::exported));
    for (const auto& overlay : own) {
        const auto path = layout.overlays + overlay.name + ".dtbo";
        if (tree.find(path) != nullptr || std::ranges::find(mapped, overlay.name) != mapped.end()) {
            return fail({.message = fmt::format("the kernel has an overlay '{}', too", overlay.name),
                         .where = Location{.file = inputs.board.file},
                         .hint = "give the file in boot.overlay_files another name"});
        }
        TRY(tree.add_file(path, overlay.blob));
    }
    return {};
}

Result<> add_firmware(FileTree& tree, const BootInputs& inputs) {
    for (const auto& name : inputs.board.boot.firmware) {
        if (!is_file(inputs.firmware / name)) {
            return fail(
                {.message = fmt::format("the firmware folder {} lacks {}", inputs.firmware.string(), name),
                 .where = Location{.file = inputs.board.file},
                 .hint = "copy it there, or correct boot.firmware in the board's descriptor"});
        }
        TRY(add_host_file(tree, name, inputs.firmware / name));
    }
    return {};
}

Result<> add_initramfs(FileTree& tree, const BootInputs& inputs, const Layout& layout) {
    if (inputs.initramfs.empty()) return {};
    const auto names = initramfs_names(layout.config.value("initramfs"));
    return add_host_file(tree, layout.os_path(names.front()), inputs.initramfs);
}

/// The first place of a text in the board's files.
std::optional<Location> find_in_descriptor(const board::Board& board, const std::string& wanted) {
    for (const auto& file : board.files) {
        const auto text = host::read_file(file);
        if (!text) continue;
        int row = 0;
        for (const auto line : lines(*text)) {
            ++row;
            const auto column = line.find(wanted);
            if (column != std::string_view::npos) return Location{file, row, static_cast<int>(column) + 1};
        }
    }
    return std::nullopt;
}

/// Where a line of config.txt stands in the descriptor, which is what the user edits; the file alone when it
/// is not found. Placeholders have been replaced, so the line's key has to do where the whole is not there.
Location locate(const board::Board& board, const Layout& layout, int line) {
    const auto all = lines(layout.text);
    const auto number = static_cast<std::size_t>(line);
    if (line < 1 || number > all.size()) return {.file = board.file};
    const std::string text = '"' + std::string(all[number - 1]);
    auto found = find_in_descriptor(board, text);
    const auto key_end = text.find_first_of("= ");
    if (!found && key_end != std::string::npos)
        found = find_in_descriptor(board, text.substr(0, key_end + 1));
    return found.value_or(Location{.file = board.file});
}

Result<> check(const BootInputs& inputs, const Layout& layout, const FileTree& tree,
               const std::vector<std::string>& mapped) {
    BootPartition partition{.arch = inputs.board.kernel.arch,
                            .mapped_overlays = mapped,
                            .firmware_in_eeprom = has_own_firmware(inputs.kernel)};
    for (const auto& [path, entry] : tree.entries()) {
        if (entry.type == archive::FileType::regular) partition.files.push_back(path);
    }
    const auto mistakes = check_config_txt(layout.text, partition);
    if (mistakes.empty()) return {};
    Error error{.message = "config.txt: " + mistakes.front().message,
                .where = locate(inputs.board, layout, mistakes.front().line),
                .hint = mistakes.front().hint};
    for (std::size_t i = 1; i < mistakes.size(); ++i) {
        error.detail += fmt::format("{}: {}\n", to_string(locate(inputs.board, layout, mistakes[i].line)),
                                    mistakes[i].message);
    }
    return fail(std::move(error));
}

Result<FileTree> make(const BootInputs& inputs) {
    const Layout layout = plan(inputs);
    FileTree tree;
    TRY(check_kernel_image(inputs.kernel.image, inputs.board.kernel.arch));
    TRY(add_host_file(tree, layout.kernel, inputs.kernel.image));
    TRY(add_device_trees(tree, inputs, layout));
    TRY_ASSIGN(const auto mapped, add_overlays(tree, inputs, layout.overlays));
    TRY(add_own_overlays(tree, inputs, layout, mapped));
    TRY(add_firmware(tree, inputs));
    TRY(add_initramfs(tree, inputs, layout));
    auto cmdline = make_command_line(inputs.board.boot.cmdline, inputs.root, !inputs.initramfs.empty());
    if (!cmdline) {
        cmdline.error().where = Location{.file = inputs.board.file};
        return fail(cmdline.error());
    }
    TRY(tree.add_file(layout.cmdline, *cmdline + '\n'));
    TRY(tree.add_file("config.txt", layout.text));
    TRY(check(inputs, layout, tree, mapped));
    return tree;
}

}  // namespace

/// The Raspberry Pi's own firmware: it reads config.txt and starts the kernel itself.
extern const BootMethod method_rpi_firmware;
const BootMethod method_rpi_firmware{.name = "rpi-firmware",
                                     .packages = {"raspi-firmware"},
                                     .package_architecture = "arm64",
                                     .package_folder = "usr/lib/raspi-firmware",
                                     .takes_overlays = true,
                                     .overlay_labels = OverlayLabels::exported,
                                     .make = make};

}  // namespace rpikit::boot
