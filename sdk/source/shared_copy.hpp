#pragma once

#include <filesystem>

#include "sdk/support/result.hpp"

namespace rpikit::source {

/// Fills the empty folder `copy` with the tree `base`: folders made anew, files as further names of the same
/// files (copies where the file system does not allow it). Who changes the copy must replace files, as
/// patch(1) does, and never write into them.
Result<> share_tree(const std::filesystem::path& base, const std::filesystem::path& copy);

/// Takes the right to write from everybody on the whole tree, links left alone.
Result<> make_read_only(const std::filesystem::path& folder);

}  // namespace rpikit::source
