#include "sdk/devices/device_nodes.hpp"

#include <fmt/format.h>

#include "sdk/boot/hardware.hpp"
#include "sdk/boot/tree_reader.hpp"

namespace rpikit::devices {

std::string_view Node::base_name() const {
    const auto name = std::string_view(path).substr(path.rfind('/') + 1);
    return name.substr(0, name.find('@'));
}

Result<DeviceTree> read_device_tree(std::string_view blob) {
    TRY_ASSIGN(auto hardware, boot::read_hardware(blob));
    DeviceTree tree{.compatible = std::move(hardware.compatible),
                    .model = std::move(hardware.model),
                    .arch = std::move(hardware.arch),
                    .nodes = {}};
    const boot::TreeReader reader(blob);
    for (const auto& node : reader.enabled_nodes()) {
        tree.nodes.push_back({.path = node.path,
                              .parent = node.parent,
                              .compatible = reader.texts(node.offset, "compatible"),
                              .device_type = reader.text(node.offset, "device_type"),
                              .properties = reader.properties(node.offset)});
    }
    return tree;
}

Result<> check_arch(const DeviceTree& tree, const std::string& arch) {
    // 32-bit kernels run on 64-bit processors, too.
    const bool fits = tree.arch.empty() || tree.arch == arch || (tree.arch == "arm64" && arch == "arm");
    if (fits) return {};
    return fail(
        {.message = fmt::format("the device tree is for {}, the kernel for {}", tree.arch, arch),
         .hint = "take a device tree of the board, or set kernel.arch of the board file to " + tree.arch});
}

}  // namespace rpikit::devices
