#include "sdk/emulator/extlinux.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "sdk/support/text.hpp"

namespace rpikit::emulator {

namespace {

struct Label {
    std::string name;
    ExtlinuxLabel files;
    bool overlays = false;
};

/// Keyword and the rest of the line.
std::pair<std::string_view, std::string_view> split_line(std::string_view line) {
    line = trim(line);
    const auto end = line.find_first_of(" \t");
    if (end == std::string_view::npos) return {line, {}};
    return {line.substr(0, end), trim(line.substr(end))};
}

std::string relative(std::string_view path) {
    while (path.starts_with('/'))
        path.remove_prefix(1);
    return std::string(path);
}

void set(Label& label, std::string_view keyword, std::string_view value) {
    if (keyword == "kernel" || keyword == "linux") label.files.kernel = relative(value);
    if (keyword == "initrd") label.files.initramfs = relative(value);
    if (keyword == "fdt" || keyword == "devicetree") label.files.device_tree = relative(value);
    if (keyword == "append") label.files.cmdline = value;
    if (keyword == "fdtoverlays" || keyword == "devicetree-overlay") label.overlays = true;
}

}  // namespace

Result<ExtlinuxLabel> read_extlinux(std::string_view text) {
    std::string chosen;
    std::vector<Label> labels;
    for (const auto line : lines(text)) {
        const auto [keyword, value] = split_line(line);
        if (keyword == "default") chosen = value;
        if (keyword == "label") labels.push_back({.name = std::string(value), .files = {}});
        if (!labels.empty()) set(labels.back(), keyword, value);
    }
    if (labels.empty()) return fail({.message = "extlinux.conf has no label"});
    const auto* label = &labels.front();
    for (const auto& one : labels) {
        if (one.name == chosen) label = &one;
    }
    if (label->files.kernel.empty())
        return fail({.message = fmt::format("the label '{}' of extlinux.conf has no kernel", label->name)});
    if (label->overlays) {
        return fail({.message = "the emulator applies no overlays to a device tree",
                     .causes = {fmt::format("the label '{}' of extlinux.conf has some", label->name)}});
    }
    return label->files;
}

}  // namespace rpikit::emulator
