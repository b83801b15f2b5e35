#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "sdk/support/result.hpp"

namespace rpikit::kernel {

/// The mark in a build folder that a `make` began there and has not ended well. It holds how many objects
/// were made since the build was whole the last time; none when there is no mark.
std::optional<std::uint64_t> unfinished_objects(const std::filesystem::path& build);
Result<> mark_unfinished(const std::filesystem::path& build, std::uint64_t objects);
Result<> mark_finished(const std::filesystem::path& build);

/// Removes what a killed `make` may have left half written and would take for done: a target newer than its
/// saved command (Kbuild saves ".name.cmd" after making "name"), a saved command that breaks off, and saved
/// commands and generated sources of the last 10 seconds. Returns how many files it removed.
Result<std::size_t> remove_half_written(const std::filesystem::path& build);

/// The process number of a `make` that still works in the folder: left behind by a run without sandbox that
/// was killed.
std::optional<int> running_make(const std::filesystem::path& build);

}  // namespace rpikit::kernel
