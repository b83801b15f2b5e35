#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/archive/file_tree.hpp"

namespace rpikit::boot {

/// Adds a file of the host under another name, as a slice; an error if it is not there.
Result<> add_host_file(archive::FileTree& tree, const std::string& path, const std::filesystem::path& file);

/// Whether there is such a file or folder; one that may not be looked at is none.
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// The names in a folder, sorted; none when it cannot be read.
std::vector<std::string> names_in(const std::filesystem::path& folder);

}  // namespace rpikit::boot
