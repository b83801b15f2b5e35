#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::host {

/// A whole file as text. \param limit bytes; a larger file is an error, not a truncation.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit = std::size_t{64} << 20);

/// Writes to a temporary name in the same folder, fsyncs, renames: the old file or the new one, never half.
/// Leaves the file untouched (and its time) when the content is the same already.
Result<> write_file(const std::filesystem::path& file, std::string_view content);

/// mkdir -p; the error names the folder and the cause.
Result<> make_directories(const std::filesystem::path& folder);

/// Removes a tree, read-only folders in it included; missing is no error. Never follows links.
Result<> remove_tree(const std::filesystem::path& folder);

/// Renames `from` to `to` in one step; replaces a file, and an existing folder is an error.
Result<> rename_path(const std::filesystem::path& from, const std::filesystem::path& to);

/// The error for a failed system call on a file. \param what "cannot write"; \param number the errno. A full
/// disk, a read-only file system and missing rights come with what to do about them.
Error file_error(std::string_view what, const std::filesystem::path& file, int number);

/// Which temporary siblings of a target nobody works on any more.
enum class Leftovers {
    of_gone_processes,
    all,  ///< the caller holds a lock without which no process makes one
};

/// A name for a temporary sibling of `target`: hidden, in the same folder, used by nobody else. What killed
/// runs left under such names for the same target is removed first.
std::filesystem::path temporary_sibling(const std::filesystem::path& target,
                                        Leftovers leftovers = Leftovers::of_gone_processes);

}  // namespace rpikit::host
