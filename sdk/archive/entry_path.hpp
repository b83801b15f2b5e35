#pragma once

#include <optional>
#include <string>

#include "sdk/support/result.hpp"

namespace rpikit::archive {

/// An archive's name for an entry as a clean relative path: "./" and a trailing slash dropped. "" is the
/// root. Absolute names and ".." are an error.
/// \param name null when the archive's own name cannot be represented
Result<std::string> clean_entry_path(const char* name);

/// Without its first `count` parts; unset when it has no more than those.
std::optional<std::string> strip_components(const std::string& path, unsigned count);

/// Checks that a symbolic link stays inside the folder that is unpacked to. ".." is allowed at the start of
/// the target alone: there it climbs real folders, later it might climb out of what another link points to.
/// \param path the link's own, clean
Result<> check_symlink(const std::string& path, const std::string& target);

/// The relative target with which the link at `path` reaches `target`, an absolute one, when the folder
/// unpacked to is taken for "/".
std::string relative_target(const std::string& path, const std::string& target);

}  // namespace rpikit::archive
