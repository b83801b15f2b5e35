#include "sdk/archive/entry_type.hpp"

#include <archive_entry.h>

namespace rpikit::archive {

std::optional<FileType> entry_type(archive_entry* entry) {
    switch (archive_entry_filetype(entry)) {
        case AE_IFREG:
            return FileType::regular;
        case AE_IFDIR:
            return FileType::directory;
        case AE_IFLNK:
            return FileType::symlink;
        case AE_IFCHR:
            return FileType::character_device;
        case AE_IFBLK:
            return FileType::block_device;
        case AE_IFIFO:
            return FileType::fifo;
        default:
            return std::nullopt;
    }
}

}  // namespace rpikit::archive
