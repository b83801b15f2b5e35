#include "sdk/rootfs/tree_path.hpp"

#include <ranges>
#include <vector>

#include "sdk/support/text.hpp"

namespace rpikit::rootfs {

namespace {

/// Linux gives up after as many (MAXSYMLINKS, ELOOP).
constexpr int most_links = 40;

/// Puts the parts of `path` on top of the parts still to be walked, the first one last.
void push_parts(std::vector<std::string>& pending, std::string_view path) {
    for (const auto part : split(path, '/') | std::views::reverse) {
        if (!part.empty() && part != ".") pending.emplace_back(part);
    }
}

}  // namespace

std::optional<std::string> resolve(const archive::FileTree& tree, const std::string& path) {
    std::vector<std::string> pending;
    push_parts(pending, path);
    std::string reached;
    for (int links = 0; !pending.empty();) {
        const std::string part = std::move(pending.back());
        pending.pop_back();
        if (part == "..") {
            const auto slash = reached.rfind('/');
            reached.resize(slash == std::string::npos ? 0 : slash);
            continue;
        }
        const std::string next = reached.empty() ? part : reached + '/' + part;
        const archive::Entry* entry = tree.find(next);
        if (entry == nullptr) return std::nullopt;
        if (entry->type != archive::FileType::symlink) {
            reached = next;
            continue;
        }
        if (++links > most_links) return std::nullopt;
        if (entry->target.starts_with('/')) reached.clear();
        push_parts(pending, entry->target);
    }
    return reached;
}

}  // namespace rpikit::rootfs
