// Whether a device tree overlay fits a device tree (Documentation/devicetree/overlay-notes.rst, dtc's
// Documentation/dt-object-internal.txt).

#include <fmt/format.h>

#include <algorithm>
#include <expected>

#include "sdk/boot/device_tree.hpp"
#include "sdk/boot/own_overlays.hpp"
#include "sdk/support/text.hpp"

extern "C" {
#include <libfdt.h>
}

namespace rpikit::boot {

namespace {

/// Names of the properties of a node.
std::vector<std::string> properties_of(std::string_view blob, const char* path) {
    std::vector<std::string> names;
    const int node = fdt_path_offset(blob.data(), path);
    if (node < 0) return names;
    int property = 0;
    fdt_for_each_property_offset(property, blob.data(), node) {
        const char* name = nullptr;
        if (fdt_getprop_by_offset(blob.data(), property, &name, nullptr) != nullptr) names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

std::string string_of(std::string_view blob, int node, const char* property) {
    int length = 0;
    const char* text = fdt_stringlist_get(blob.data(), node, property, 0, &length);
    return text == nullptr ? std::string() : std::string(text, static_cast<std::size_t>(length));
}

/// Where a label is used: "/fragment@0:target:0" for the target of fragment@0.
std::vector<std::string> uses_of(std::string_view overlay, const std::string& label) {
    std::vector<std::string> uses;
    const int node = fdt_path_offset(overlay.data(), "/__fixups__");
    const int count = node < 0 ? 0 : fdt_stringlist_count(overlay.data(), node, label.c_str());
    for (int i = 0; i < count; ++i) {
        int length = 0;
        const char* use = fdt_stringlist_get(overlay.data(), node, label.c_str(), i, &length);
        if (use != nullptr) uses.emplace_back(use, static_cast<std::size_t>(length));
    }
    return uses;
}

/// Whether a fragment has no target-path, or one that is whole and begins at the root.
bool target_begins_at_root(std::string_view overlay, int fragment) {
    int size = 0;
    const auto* path = static_cast<const char*>(fdt_getprop(overlay.data(), fragment, "target-path", &size));
    if (path == nullptr) return true;
    const std::string_view text(path, static_cast<std::size_t>(size));
    return text.starts_with('/') && text.ends_with('\0');
}

/// Nodes in one another that Linux takes (FDT_MAX_DEPTH of drivers/of/fdt.c).
constexpr int deepest = 64;

bool is_too_deep(std::string_view blob) {
    int depth = 0;
    for (int node = 0; node >= 0; node = fdt_next_node(blob.data(), node, &depth)) {
        if (depth >= deepest) return true;
    }
    return false;
}

/// What would make libfdt call itself until the stack ends: nodes without end in one another; and paths that
/// do not begin at the root, which it looks up among the aliases, where one that names itself has no end.
std::vector<std::string> endless_parts(std::string_view overlay, std::string_view base) {
    if (is_too_deep(overlay)) return {fmt::format("it has more than {} nodes in one another", deepest)};
    std::vector<std::string> problems;
    int node = 0;
    fdt_for_each_subnode(node, overlay.data(), 0) {
        if (target_begins_at_root(overlay, node)) continue;
        problems.push_back(fmt::format("the target-path of {} does not begin at the root",
                                       fdt_get_name(overlay.data(), node, nullptr)));
    }
    const auto begins_at_root = [](const std::string& path) { return path.starts_with('/'); };
    for (const auto& label : properties_of(overlay, "/__fixups__")) {
        const auto uses = uses_of(overlay, label);
        if (!uses.empty() && std::ranges::all_of(uses, begins_at_root)) continue;
        problems.push_back(fmt::format("a use of the label '{}' does not begin at the root", label));
    }
    const int symbols = fdt_path_offset(base.data(), "/__symbols__");
    for (const auto& label : properties_of(base, "/__symbols__")) {
        if (begins_at_root(string_of(base, symbols, label.c_str()))) continue;
        problems.push_back(fmt::format("the label '{}' of the device tree has no path from the root", label));
    }
    return problems;
}

/// The label that a fragment's `target` stands for.
std::string target_label(std::string_view overlay, const std::string& fragment) {
    for (const auto& label : properties_of(overlay, "/__fixups__")) {
        for (const auto& use : uses_of(overlay, label)) {
            if (use.starts_with("/" + fragment + ":target:")) return label;
        }
    }
    return {};
}

std::vector<OverlayTarget> targets_of(std::string_view overlay) {
    std::vector<OverlayTarget> targets;
    int node = 0;
    fdt_for_each_subnode(node, overlay.data(), 0) {
        if (fdt_subnode_offset(overlay.data(), node, "__overlay__") < 0) continue;
        OverlayTarget target{.fragment = fdt_get_name(overlay.data(), node, nullptr), .target = {}};
        target.target = string_of(overlay, node, "target-path");
        if (target.target.empty()) target.target = target_label(overlay, target.fragment);
        targets.push_back(std::move(target));
    }
    return targets;
}

/// Labels that the overlay refers to and the base does not have.
std::vector<std::string> missing_labels(std::string_view overlay, std::string_view base) {
    const auto known = properties_of(base, "/__symbols__");
    std::vector<std::string> missing;
    for (const auto& label : properties_of(overlay, "/__fixups__")) {
        if (std::ranges::binary_search(known, label)) continue;
        const auto uses = uses_of(overlay, label);
        auto text =
            fmt::format("it has no label '{}', which {} refers to", label,
                        uses.empty() ? "the overlay" : uses.front().substr(0, uses.front().find(':')));
        if (const auto near = near_match(label, known)) text += fmt::format("; did you mean '{}'?", *near);
        missing.push_back(std::move(text));
    }
    return missing;
}

std::vector<std::string> missing_paths(const std::vector<OverlayTarget>& targets, std::string_view base) {
    std::vector<std::string> missing;
    for (const auto& [fragment, target] : targets) {
        if (!target.starts_with('/') || fdt_path_offset(base.data(), target.c_str()) >= 0) continue;
        missing.push_back(fmt::format("it has no node {}, which {} is for", target, fragment));
    }
    return missing;
}

/// Takes an overlay's labels away, but for those that it exports.
int keep_exported(std::string& overlay) {
    const auto exported = properties_of(overlay, "/__exports__");
    for (const auto& label : properties_of(overlay, "/__symbols__")) {
        if (std::ranges::binary_search(exported, label)) continue;
        const int symbols = fdt_path_offset(overlay.data(), "/__symbols__");
        if (const int status = fdt_delprop(overlay.data(), symbols, label.c_str()); status != 0)
            return status;
    }
    return 0;
}

/// \returns the tree with the overlay, or what libfdt says
std::expected<std::string, std::string> apply(std::string_view overlay, std::string_view base,
                                              OverlayLabels labels) {
    // What an overlay adds is no more than itself, and its names once more among the strings and symbols.
    std::string tree(base.size() + 4 * overlay.size() + 4096, '\0');
    std::string copy(overlay);  // libfdt writes to it
    int status = fdt_open_into(base.data(), tree.data(), static_cast<int>(tree.size()));
    if (status == 0 && labels == OverlayLabels::exported) status = keep_exported(copy);
    if (status == 0) status = fdt_overlay_apply(tree.data(), copy.data());
    if (status == 0) status = fdt_pack(tree.data());
    if (status != 0) return std::unexpected(fdt_strerror(status));
    tree.resize(fdt_totalsize(tree.data()));
    return tree;
}

}  // namespace

Result<FittedOverlay> fit_overlay(std::string_view overlay, std::string_view base, OverlayLabels labels) {
    TRY(check_device_tree(base));
    TRY(check_device_tree(overlay));
    auto targets = targets_of(overlay);
    if (targets.empty()) {
        return fail({.message = "it is no overlay: it has no fragment with a target",
                     .hint = "begin the source with: /dts-v1/; /plugin/;"});
    }
    auto reasons = endless_parts(overlay, base);
    if (!reasons.empty())
        return fail({.message = "the overlay cannot be applied", .causes = std::move(reasons)});
    reasons = missing_labels(overlay, base);
    if (!reasons.empty() && properties_of(base, "/__symbols__").empty()) {
        reasons = {"it was compiled without labels (dtc -@), so that overlays can name nodes by path only"};
    }
    if (reasons.empty()) {
        auto tree = apply(overlay, base, labels);
        if (tree) return FittedOverlay{.targets = std::move(targets), .tree = *std::move(tree)};
        reasons = missing_paths(targets, base);
        if (reasons.empty()) reasons = {tree.error()};
    }
    return fail({.message = "the overlay does not fit the device tree", .causes = std::move(reasons)});
}

}  // namespace rpikit::boot
