#pragma once

#include "sdk/archive/deb_contents.hpp"
#include "sdk/archive/reader.hpp"

namespace rpikit::archive {

/// The entries of a .deb's data archive (deb(5)).
/// \param threads for its decompression
Result<Reader> open_deb(const std::filesystem::path& deb, std::stop_token stop, host::Progress progress,
                        unsigned threads);

/// The entries of another of its archives. \param member the start of its name: "control.tar"
Result<Reader> open_deb_member(const std::filesystem::path& deb, std::string_view member,
                               std::stop_token stop, host::Progress progress, unsigned threads);

/// Goes to the file `member` of a .deb; an error when the package does not hold it.
Result<archive_entry*> find_member(Reader& package, const std::string& member);

}  // namespace rpikit::archive
