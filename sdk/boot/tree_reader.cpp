#include "sdk/boot/tree_reader.hpp"

extern "C" {
#include <libfdt.h>
}

#include <algorithm>

#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace {

constexpr int deepest = 64;           // the kernel's own limit (FDT_MAX_DEPTH, drivers/of/fdt.c)
constexpr std::size_t longest = 200;  // of a text; models and names are far shorter
constexpr int largest_alias = 9999;

std::string plain(std::string_view text) {
    std::string result(text.substr(0, longest));
    std::ranges::replace_if(result, [](char c) { return c < ' ' || c > '~'; }, '?');
    return result;
}

}  // namespace

std::string_view TreeNode::base_name() const {
    const auto name = std::string_view(path).substr(path.rfind('/') + 1);
    return name.substr(0, name.find('@'));
}

std::vector<TreeNode> TreeReader::enabled_nodes() const {
    std::vector<TreeNode> nodes;
    std::vector<std::string> paths;  // of the nodes above, the root's first
    int disabled_at = deepest;       // depth of the node that switches off all below it
    int depth = 0;
    for (int node = fdt_next_node(blob_, 0, &depth); node >= 0 && depth > 0;
         node = fdt_next_node(blob_, node, &depth)) {
        if (depth >= deepest) continue;
        const auto level = static_cast<std::size_t>(depth);
        paths.resize(std::max(paths.size(), level));
        paths.resize(level);
        int length = 0;
        const char* name = fdt_get_name(blob_, node, &length);
        if (name == nullptr) break;
        const std::string parent = level > 1 ? paths[level - 2] : "";
        paths[level - 1] = parent + '/' + plain({name, static_cast<std::size_t>(length)});
        if (depth <= disabled_at) disabled_at = deepest;
        const auto status = text(node, "status");
        const bool enabled = status.empty() || status == "okay" || status == "ok";
        if (!enabled && disabled_at == deepest) disabled_at = depth;
        if (disabled_at != deepest) continue;
        nodes.push_back({.offset = node, .path = paths[level - 1], .parent = parent.empty() ? "/" : parent});
    }
    return nodes;
}

std::vector<std::string> TreeReader::texts(int node, const char* property) const {
    std::vector<std::string> texts;
    const int count = fdt_stringlist_count(blob_, node, property);
    for (int i = 0; i < count; ++i) {
        int length = 0;
        const char* text = fdt_stringlist_get(blob_, node, property, i, &length);
        if (text != nullptr) texts.push_back(plain({text, static_cast<std::size_t>(length)}));
    }
    return texts;
}

std::string TreeReader::text(int node, const char* property) const {
    auto all = texts(node, property);
    return all.empty() ? std::string() : std::move(all.front());
}

bool TreeReader::has(int node, const char* property) const {
    return fdt_getprop(blob_, node, property, nullptr) != nullptr;
}

std::vector<std::string> TreeReader::properties(int node) const {
    std::vector<std::string> names;
    int property = 0;
    fdt_for_each_property_offset(property, blob_, node) {
        const char* name = nullptr;
        if (fdt_getprop_by_offset(blob_, property, &name, nullptr) != nullptr && name != nullptr)
            names.push_back(plain(name));
    }
    std::ranges::sort(names);
    return names;
}

std::vector<std::uint32_t> TreeReader::cells(int node, const char* property) const {
    int length = 0;
    const auto* data = static_cast<const fdt32_t*>(fdt_getprop(blob_, node, property, &length));
    std::vector<std::uint32_t> cells;
    if (data == nullptr || length < 0 || length % 4 != 0) return cells;
    for (int i = 0; i < length / 4; ++i)
        cells.push_back(fdt32_ld(data + i));
    return cells;
}

int TreeReader::find(const std::string& path_or_alias) const {
    // libfdt follows aliases that name aliases, for ever when they go in a circle; here one must be a path.
    auto path = path_or_alias;
    if (!path.starts_with('/')) path = text(fdt_path_offset(blob_, "/aliases"), path.c_str());
    return path.starts_with('/') ? std::max(fdt_path_offset(blob_, path.c_str()), -1) : -1;
}

int TreeReader::alias_number(int node, std::string_view prefix) const {
    const int aliases = fdt_path_offset(blob_, "/aliases");
    int property = 0;
    fdt_for_each_property_offset(property, blob_, aliases) {
        const char* name = nullptr;
        if (fdt_getprop_by_offset(blob_, property, &name, nullptr) == nullptr || name == nullptr) continue;
        const std::string_view alias(name);
        if (!alias.starts_with(prefix)) continue;
        const auto number = parse_number(alias.substr(prefix.size()));
        if (number && *number <= largest_alias && find(std::string(alias)) == node)
            return static_cast<int>(*number);
    }
    return -1;
}

}  // namespace rpikit::boot
