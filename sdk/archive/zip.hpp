#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "sdk/archive/stream.hpp"

namespace rpikit::archive {

/// One file of a zip, in one pass over it.
struct ZipFile {
    std::string path;
    std::optional<std::uint64_t> size;  ///< bytes, when its header tells
    ByteStream content;
};

/// How many of the files in a zip are wanted, to its end. \returns an error for one that is damaged or not
/// whole
Result<std::size_t> count_zip_files(ByteStream zip,
                                    const std::function<bool(const std::string& path)>& wanted);

/// The only file in a zip (APPNOTE.TXT 6.3) for which `wanted` is true. None is an error, and so is a second
/// one, at the latest when the content has been read. Its checksum is checked as it passes.
Result<ZipFile> open_zip_file(ByteStream zip, std::function<bool(const std::string& path)> wanted);

}  // namespace rpikit::archive
