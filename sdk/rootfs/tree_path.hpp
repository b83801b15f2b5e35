#pragma once

#include <optional>
#include <string>

#include "sdk/archive/file_tree.hpp"

namespace rpikit::rootfs {

/// Where a path of the running system leads to in a tree: links are followed, absolute ones from the tree's
/// root, ".." above the root stays there. Nothing when a part is missing or the links go round in a circle.
/// \param path "/sbin/init" or "sbin/init"
std::optional<std::string> resolve(const archive::FileTree& tree, const std::string& path);

}  // namespace rpikit::rootfs
