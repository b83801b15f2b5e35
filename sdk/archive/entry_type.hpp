#pragma once

#include <optional>

#include "sdk/archive/file_tree.hpp"

struct archive_entry;

namespace rpikit::archive {

/// What an archive says that an entry is; unset for kinds that no tree of ours has (sockets, hard links
/// without a type).
std::optional<FileType> entry_type(archive_entry* entry);

}  // namespace rpikit::archive
