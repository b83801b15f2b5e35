#include "flasher/device/library_version.hpp"

#include <blkid/blkid.h>

namespace rpikit::device {

std::vector<LibraryVersion> library_versions() {
    const char* version = nullptr;
    blkid_get_library_version(&version, nullptr);
    return {{"libblkid", version != nullptr ? version : "unknown"}};
}

}  // namespace rpikit::device
