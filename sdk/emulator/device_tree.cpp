#include "sdk/emulator/device_tree.hpp"

#include <fmt/format.h>
#include <libfdt.h>

namespace rpikit::emulator {
namespace {

// Room for what the edits add: a property takes 12 bytes, its value and, once, its name.
constexpr std::size_t growth_per_property = 64;

Error fdt_failure(const std::string& what, int code) {
    return {.message = fmt::format("cannot edit the device tree: {}: {}", what, fdt_strerror(code))};
}

std::size_t growth(std::span<const board::DeviceTreeEdit> edits) {
    std::size_t properties = 0;
    for (const auto& edit : edits)
        properties += edit.flags.size() + 1;
    return properties * growth_per_property;
}

Result<> open_with_room(std::string& blob, std::size_t room) {
    const int code = fdt_check_full(blob.data(), blob.size());
    if (code != 0) {
        return fail({.message = fmt::format("this is no valid device tree: {}", fdt_strerror(code))});
    }
    const std::string original = blob;
    blob.resize(original.size() + room);
    if (const int opened = fdt_open_into(original.data(), blob.data(), static_cast<int>(blob.size()));
        opened != 0) {
        return fail(fdt_failure("making room", opened));
    }
    return {};
}

Result<> apply(void* tree, int node, const board::DeviceTreeEdit& edit) {
    for (const auto& property : edit.remove) {
        const int code = fdt_delprop(tree, node, property.c_str());
        if (code != 0 && code != -FDT_ERR_NOTFOUND) {
            return fail(fdt_failure(edit.node + ": " + property, code));
        }
    }
    for (const auto& flag : edit.flags) {
        const int code = fdt_setprop_empty(tree, node, flag.c_str());
        if (code != 0) return fail(fdt_failure(edit.node + ": " + flag, code));
    }
    if (!edit.disable) return {};
    const int code = fdt_setprop_string(tree, node, "status", "disabled");
    if (code != 0) return fail(fdt_failure(edit.node + ": status", code));
    return {};
}

}  // namespace

Result<EditedDeviceTree> edit_device_tree(std::string blob, std::span<const board::DeviceTreeEdit> edits) {
    EditedDeviceTree result{.blob = std::move(blob)};
    TRY(open_with_room(result.blob, growth(edits)));
    void* tree = result.blob.data();
    for (const auto& edit : edits) {
        // Looked up for each edit anew: offsets move with every change.
        const int node = fdt_path_offset(tree, edit.node.c_str());
        if (node == -FDT_ERR_NOTFOUND) {
            result.missing_nodes.push_back(edit.node);
            continue;
        }
        if (node < 0) return fail(fdt_failure(edit.node, node));
        TRY(apply(tree, node, edit));
    }
    if (!edits.empty() && result.missing_nodes.size() == edits.size()) {
        return fail(
            {.message = fmt::format("none of the {} nodes that the board's emulator settings change is "
                                    "in the device tree (the first is {})",
                                    edits.size(), edits.front().node),
             .hint = "compare [emulator] of the board with: dtc -I dtb -O dts FILE"});
    }
    if (const int code = fdt_pack(tree); code != 0) return fail(fdt_failure("packing", code));
    result.blob.resize(fdt_totalsize(tree));
    return result;
}

}  // namespace rpikit::emulator
