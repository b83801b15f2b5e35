#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::source {

/// The store's key of a tree with patches on top: made of the tree's own key and the patches' contents in
/// their order. Without patches the key itself.
Result<std::string> patched_key(const std::string& base, const std::vector<std::filesystem::path>& patches);

/// Fills the empty `folder` with the tree `base`, patched. `base` shares its unpatched files with it and is
/// not changed. A hunk that fails is an error that names patch and file.
Result<> apply_patches(const host::Host& host, const std::filesystem::path& base,
                       const std::vector<std::filesystem::path>& patches,
                       const std::filesystem::path& folder);

}  // namespace rpikit::source
