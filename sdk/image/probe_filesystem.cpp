#include <array>
#include <string_view>

#include "sdk/image/disk_file.hpp"
#include "sdk/image/fat_volume.hpp"
#include "sdk/image/image_reader.hpp"

namespace rpikit::image {

namespace {

using namespace std::string_view_literals;

struct Signature {
    std::string_view filesystem;
    std::uint64_t offset;
    std::string_view bytes;
};

/// As libblkid tells them.
constexpr std::array signatures{
    Signature{"ext4", 0x438, "\x53\xef"sv},  Signature{"f2fs", 0x400, "\x10\x20\xf5\xf2"sv},
    Signature{"squashfs", 0, "hsqs"sv},      Signature{"btrfs", 0x10040, "_BHRfS_M"sv},
    Signature{"xfs", 0, "XFSB"sv},           Signature{"swap", 4086, "SWAPSPACE2"sv},
    Signature{"iso9660", 0x8001, "CD001"sv}, Signature{"erofs", 0x400, "\xe2\xe1\xf5\xe0"sv},
    Signature{"LUKS", 0, "LUKS\xba\xbe"sv},  Signature{"ntfs", 3, "NTFS    "sv},
};

}  // namespace

Result<std::string> filesystem_at(const std::filesystem::path& image, std::uint64_t offset) {
    TRY_ASSIGN(const auto disk, DiskFile::open(image));
    for (const auto& signature : signatures) {
        const auto size = signature.bytes.size();
        if (offset > disk.size() || !disk.holds(offset + signature.offset, size)) continue;
        TRY_ASSIGN(const auto bytes, disk.read(offset + signature.offset, size));
        if (bytes == signature.bytes) return std::string(signature.filesystem);
    }
    return FatVolume::open(disk, offset) ? "vfat" : "";
}

}  // namespace rpikit::image
