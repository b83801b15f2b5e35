#pragma once

#include <string>
#include <vector>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/member.hpp"
#include "sdk/archive/reader.hpp"

namespace rpikit::archive {

/// The reader's current entry. An unclean name stays as it is, without a leading "./".
Member to_member(archive_entry* entry);

/// Adds all entries that are left. \param limits on the length of the list and the bytes that are hashed
/// \param hashed whether files' contents are hashed; otherwise they are passed over
Result<> list_entries(Reader& reader, Limits limits, bool hashed, std::vector<Member>& members);

/// The data of the reader's current entry in memory. \param limit bytes
Result<std::string> entry_content(Reader& reader, std::uint64_t limit);

}  // namespace rpikit::archive
