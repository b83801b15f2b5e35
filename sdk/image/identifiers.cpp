#include "sdk/image/identifiers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "sdk/support/sha256.hpp"

namespace rpikit::image {

Uuid derive_uuid(const std::string& seed, std::string_view purpose) {
    const std::string digest = sha256(fmt::format("{}\n{}", purpose, seed));
    Uuid uuid{};
    for (std::size_t i = 0; i < uuid.size(); ++i)
        std::from_chars(digest.data() + 2 * i, digest.data() + 2 * i + 2, uuid.at(i), 16);
    uuid[6] =
        static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x80);  // version 8, made as its owner likes (RFC 9562)
    uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);  // RFC 4122 variant
    return uuid;
}

Uuid filesystem_id(const std::string& seed, std::size_t index) {
    return derive_uuid(seed, fmt::format("file system {}", index + 1));
}

Identifiers derive_identifiers(const board::Image& layout, const std::string& seed) {
    Identifiers identifiers;
    identifiers.disk_guid = derive_uuid(seed, "disk");
    std::memcpy(&identifiers.disk_id, identifiers.disk_guid.data(), sizeof identifiers.disk_id);
    if (identifiers.disk_id == 0) identifiers.disk_id = 1;  // 0 stands for "has none"
    const ImageTypes types = built_in_types();
    const auto table = types.table(layout.table);
    for (std::size_t i = 0; i < layout.partitions.size(); ++i) {
        const auto type = types.filesystem(layout.partitions[i]);
        identifiers.partuuids.push_back(table ? (*table)->partuuid(identifiers, seed, i) : "");
        identifiers.uuids.push_back(type ? (*type)->uuid(filesystem_id(seed, i)) : "");
    }
    return identifiers;
}

}  // namespace rpikit::image
