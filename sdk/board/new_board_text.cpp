#include "sdk/board/new_board_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sdk/board/document.hpp"
#include "sdk/board/new_board.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {

namespace {

std::string head(const std::string& name, const std::string& what) {
    return fmt::format(
        "#:schema ./{}\n# {}\n# All keys: docs/reference/board.md. All values and where they come from: "
        "rpi-kit board show {} --resolved\n",
        schema_file_name, what, name);
}

std::string device_tree_line(const DeviceTreePlace& dtb) {
    auto text =
        fmt::format("dtbs = [{}]{}\n", quote(dtb.path),
                    dtb.guessed ? "  # a guess: its place below arch/ARCH/boot/dts of the kernel" : "");
    if (!dtb.file.empty())
        text +=
            fmt::format("dtb_file = {}  # taken where the kernel has no source of that\n", quote(dtb.file));
    return text;
}

std::string profile_line(const std::string& profile) {
    return fmt::format("profile = {}  # drivers for what the device tree has: rpi-kit config BOARD derive\n",
                       quote(profile));
}

std::string strings(const std::vector<std::string>& texts) {
    std::vector<std::string> quoted;
    for (const auto& text : texts)
        quoted.push_back(quote(text));
    return '[' + join(quoted, ", ") + ']';
}

std::string disk_comment(const Hardware& hardware) {
    std::vector<std::string> disks;
    bool usb = false;
    for (const auto& disk : hardware.disks) {
        // Every port has a controller or two: once is enough.
        if (disk.kind == "USB" && std::exchange(usb, true)) continue;
        disks.push_back(disk.kind == "USB" ? "USB" : fmt::format("{} ({})", disk.kind, disk.node));
    }
    return disks.empty() ? "# The device tree has no disk that is known here.\n"
                         : fmt::format("# Disks: {}.\n", join(disks, ", "));
}

std::string memory_comment(const Hardware& hardware) {
    return hardware.memory == 0 ? "# Memory: the boot loader tells the kernel.\n"
                                : fmt::format("# Memory: {}.\n", format_size(hardware.memory));
}

/// A host name has no '_', no '-' at its end, and up to 63 letters (RFC 1123).
std::string host_name(std::string name) {
    std::ranges::replace(name, '_', '-');
    name.resize(std::min<std::size_t>(name.size(), 63));
    while (name.ends_with('-'))
        name.pop_back();
    return name;
}

std::string command_line(const Hardware& hardware) {
    if (hardware.console.empty())
        return "# The device tree does not name a console that is known here: put it behind console=.\n"
               "cmdline = \"console=ttyS0,115200 root={root} rootfstype=ext4 rootwait\"\n";
    return fmt::format("cmdline = \"console={},{} root={{root}} rootfstype=ext4 rootwait\"\n",
                       hardware.console, hardware.baud);
}

/// What puts U-Boot onto the disk, to be uncommented: whether it is in the board's own memory, and which of
/// the package's folders is the board's, no device tree tells.
std::string loader_comment(const DiskLoader& loader) {
    if (loader.package.empty())
        return "\n# Where no U-Boot is in the board's own memory, [[boot.loader]] puts one onto the disk.\n";
    auto text = fmt::format(
        "\n# Where no U-Boot is in the board's own memory, these lines put Debian's where the SoC looks for "
        "it on "
        "the disk.\n# BOARD is the board's folder in that package, below usr/lib/u-boot.\n# package = {}\n",
        quote(loader.package));
    for (const auto& piece : loader.pieces)
        text += fmt::format("# [[boot.loader]]\n# file = {}\n# offset = {}\n", quote("BOARD/" + piece.file),
                            quote(piece.offset));
    if (!loader.alignment.empty())
        text += fmt::format("# [image]\n# alignment = {}\n", quote(loader.alignment));
    return text;
}

}  // namespace

DeviceTreePlace place_device_tree(const Hardware& hardware, const std::string& dtb) {
    if (dtb.contains('/')) return {.path = dtb};
    if (hardware.folder.empty()) return {.path = dtb, .guessed = true};
    return {.path = hardware.folder + '/' + dtb, .guessed = true};
}

std::string text_of_derived(const std::string& name, const std::string& base,
                            const std::string& description) {
    return head(name,
                fmt::format("Starts from {}: what is written here takes the place of what stands there.",
                            base)) +
           fmt::format(R"(extends = {}
description = {}

# [kernel]
# fragments = ["{name}.config"]  # configuration on top of every profile, in a file beside this one
# patches = ["fix.patch"]        # applied to the kernel's source

# [rootfs]
# hostname = "{host}"
)",
                       quote(base), quote(fmt::format("{} ({})", description, name)), fmt::arg("name", name),
                       fmt::arg("host", host_name(name)));
}

std::string text_of_known_soc(const std::string& name, const std::string& soc, const std::string& model,
                              const DeviceTreePlace& dtb, const std::string& profile) {
    auto text =
        head(name, fmt::format("A board of the SoC in {}.toml.", soc)) +
        fmt::format("extends = {}\ndescription = {}\n", quote(soc), quote(model.empty() ? name : model));
    if (!dtb.path.empty()) text += "\n[kernel]\n" + device_tree_line(dtb);
    if (!profile.empty()) text += profile_line(profile);
    return text + fmt::format("\n[rootfs]\nhostname = {}\n", quote(host_name(name)));
}

std::string text_of_new_soc(const std::string& name, const std::string& base, const Hardware& hardware,
                            const DeviceTreePlace& dtb) {
    const auto model = hardware.model.empty() ? name : hardware.model;
    std::string text =
        head(name, fmt::format("Made from a device tree: {}.", join(hardware.compatible, ", ")));
    text += memory_comment(hardware) + disk_comment(hardware);
    text += fmt::format("extends = {}  # compiler, kernel source, profiles and partitions\n", quote(base));
    text += fmt::format("description = {}\n\n[kernel]\n", quote(model)) + device_tree_line(dtb);
    if (!hardware.disk_symbols.empty())
        text += fmt::format("root_symbols = {}  # must be built in\n", strings(hardware.disk_symbols));
    text += profile_line("board") + "\n[boot]\nmethod = \"u-boot\"\n" + command_line(hardware) +
            loader_comment(hardware.loader);
    return text + fmt::format("\n[rootfs]\nhostname = {}\n", quote(host_name(name)));
}

}  // namespace rpikit::board
