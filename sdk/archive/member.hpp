#pragma once

#include <cstdint>
#include <string>

#include "sdk/archive/file_tree.hpp"

namespace rpikit::archive {

/// An entry of an archive or file system as it is listed.
struct Member {
    std::string path;  ///< clean and relative, unless the archive says otherwise: then as it stands there
    FileType type = FileType::regular;
    std::uint32_t mode = 0;      ///< permission bits, 07777
    std::uint64_t size = 0;      ///< bytes of a regular file
    std::string target = {};     ///< of a symbolic link
    std::string hard_link = {};  ///< the entry this is another name of
    std::string sha256 = {};     ///< of a regular file's content, when it was asked for
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
};

}  // namespace rpikit::archive
