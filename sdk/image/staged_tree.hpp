#pragma once

#include <filesystem>

#include "sdk/archive/file_tree.hpp"

namespace rpikit::image {

/// Puts a tree into a folder that is made, for programs that read folders: contents, modes, links. Owners,
/// times, extended attributes and devices are left out, they need root.
Result<> stage_tree(const archive::FileTree& tree, const std::filesystem::path& folder);

}  // namespace rpikit::image
