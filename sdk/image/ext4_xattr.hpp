#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sdk/image/ext4_format.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::image {

/// Extended attributes as ext4 stores them: behind the inode's fields when they fit, else in a block of their
/// own.
struct Ext4Xattrs {
    std::string in_inode = {};  ///< at most 96 bytes
    std::string block = {};     ///< empty or one block; its checksum awaits the block's number
};

/// \param path for messages
Result<Ext4Xattrs> make_ext4_xattrs(const std::map<std::string, std::string>& xattrs,
                                    const std::string& path);

/// Fills in the checksum of an attribute block. \param seed the file system's checksum seed
void set_xattr_checksum(std::string& block, std::uint64_t number, std::uint32_t seed);

}  // namespace rpikit::image
