#include "sdk/image/ext4_xattr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <tuple>
#include <vector>

#include "sdk/image/ext4_checksum.hpp"
#include "sdk/image/piece.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::image {

namespace {

struct Attribute {
    std::uint8_t index = 0;  ///< stands for the name's prefix
    std::string name = {};   ///< the rest of it
    std::string value = {};
};

/// Name prefixes (Documentation/filesystems/ext4/attributes.rst).
struct Prefix {
    std::string_view text;
    std::uint8_t index;
    bool whole;  ///< nothing follows the prefix
};
constexpr std::array prefixes = {
    Prefix{.text = "user.", .index = 1, .whole = false},
    Prefix{.text = "system.posix_acl_access", .index = 2, .whole = true},
    Prefix{.text = "system.posix_acl_default", .index = 3, .whole = true},
    Prefix{.text = "trusted.", .index = 4, .whole = false},
    Prefix{.text = "security.", .index = 6, .whole = false},
};

/// An access control list as system calls give it (version 2, 8 bytes an entry) in the form that ext4 stores
/// (version 1, no id where none is needed). Nothing if it is not one.
std::string stored_acl(std::string_view acl) {
    const auto bytes = std::as_bytes(std::span(acl));
    if (acl.size() < 4 || acl.size() % 8 != 4 || load_le<std::uint32_t>(bytes, 0) != 2) return {};
    std::string stored("\x01\0\0\0", 4);
    for (std::size_t at = 4; at < acl.size(); at += 8) {
        const auto tag = load_le<std::uint16_t>(bytes, at);
        const bool has_id = tag == 0x02 || tag == 0x08;  // ACL_USER, ACL_GROUP
        stored += acl.substr(at, has_id ? 8 : 4);
    }
    return stored;
}

Result<Attribute> make_attribute(const std::string& name, const std::string& value, const std::string& path) {
    const auto refuse = [&](std::string why) {
        return fail({.message = fmt::format("the attribute {} of {} cannot be stored on ext4", name, path),
                     .causes = {std::move(why)}});
    };
    const auto prefix = std::ranges::find_if(prefixes, [&](const Prefix& candidate) {
        return candidate.whole ? name == candidate.text : name.starts_with(candidate.text);
    });
    if (prefix == prefixes.end()) return refuse("its namespace is not known");
    Attribute attribute{.index = prefix->index, .name = name.substr(prefix->text.size()), .value = value};
    if (prefix->whole) attribute.value = stored_acl(value);
    if (prefix->whole && attribute.value.empty())
        return refuse("it is not an access control list of version 2");
    if (!prefix->whole && attribute.name.empty()) return refuse("it has no name");
    if (attribute.name.size() > 255) return refuse("its name is longer than 255 bytes");
    return attribute;
}

/// \param value padded with zeros to words (Documentation/filesystems/ext4/attributes.rst)
std::uint32_t attribute_hash(std::string_view name, std::string value) {
    std::uint32_t hash = 0;
    for (const char c : name)
        hash = std::rotl(hash, 5) ^ static_cast<std::uint8_t>(c);
    value.resize(round_up(value.size(), 4));
    for (std::size_t at = 0; at < value.size(); at += 4)
        hash = std::rotl(hash, 16) ^ load_le<std::uint32_t>(std::as_bytes(std::span(value)), at);
    return hash;
}

std::size_t entry_size(const Attribute& attribute) {
    return sizeof(Ext4XattrEntry) + round_up(attribute.name.size(), 4);
}

std::size_t total_size(const std::vector<Attribute>& attributes) {
    std::size_t size = 4;  // four zeros end the list of entries
    for (const Attribute& attribute : attributes)
        size += entry_size(attribute) + round_up(attribute.value.size(), 4);
    return size;
}

/// Entries from the start on, values from the end back. \param base what value offsets count from, before
/// `area`
void fill_area(std::span<std::byte> area, std::size_t base, const std::vector<Attribute>& attributes) {
    std::size_t at = 0;
    std::size_t end = area.size();
    for (const Attribute& attribute : attributes) {
        end -= round_up(attribute.value.size(), 4);
        const Ext4XattrEntry entry{
            .name_length = static_cast<std::uint8_t>(attribute.name.size()),
            .name_index = attribute.index,
            .value_offset = static_cast<std::uint16_t>(attribute.value.empty() ? 0 : base + end),
            .value_inode = 0,
            .value_size = static_cast<std::uint32_t>(attribute.value.size()),
            .hash = attribute_hash(attribute.name, attribute.value)};
        std::memcpy(area.data() + at, &entry, sizeof entry);
        std::memcpy(area.data() + at + sizeof entry, attribute.name.data(), attribute.name.size());
        std::memcpy(area.data() + end, attribute.value.data(), attribute.value.size());
        at += entry_size(attribute);
    }
}

std::string make_block(const std::vector<Attribute>& attributes) {
    std::string block(ext4_block, '\0');
    const auto bytes = std::as_writable_bytes(std::span(block));
    fill_area(bytes.subspan(sizeof(Ext4XattrHeader)), sizeof(Ext4XattrHeader), attributes);
    Ext4XattrHeader header{.magic = ext4_xattr_magic, .references = 1, .blocks = 1};
    for (const Attribute& attribute : attributes)
        header.hash = std::rotl(header.hash, 16) ^ attribute_hash(attribute.name, attribute.value);
    std::memcpy(block.data(), &header, sizeof header);
    return block;
}

std::string make_in_inode(const std::vector<Attribute>& attributes, std::size_t room) {
    std::string area(room, '\0');
    const auto bytes = std::as_writable_bytes(std::span(area));
    store_le<std::uint32_t>(bytes, 0, ext4_xattr_magic);
    fill_area(bytes.subspan(4), 0, attributes);
    return area;
}

}  // namespace

Result<Ext4Xattrs> make_ext4_xattrs(const std::map<std::string, std::string>& xattrs,
                                    const std::string& path) {
    if (xattrs.empty()) return Ext4Xattrs{};
    std::vector<Attribute> attributes;
    for (const auto& [name, value] : xattrs) {
        TRY_ASSIGN(auto attribute, make_attribute(name, value, path));
        attributes.push_back(std::move(attribute));
    }
    std::ranges::sort(attributes, {}, [](const Attribute& attribute) {
        return std::tuple(attribute.index, attribute.name.size(), attribute.name);
    });
    const std::size_t size = total_size(attributes);
    constexpr std::size_t inode_room = sizeof(Ext4Inode::xattrs);
    if (4 + size <= inode_room) return Ext4Xattrs{.in_inode = make_in_inode(attributes, inode_room)};
    if (sizeof(Ext4XattrHeader) + size <= ext4_block) return Ext4Xattrs{.block = make_block(attributes)};
    return fail({.message = fmt::format("the extended attributes of {} take {} bytes, ext4 has room for {}",
                                        path, size, ext4_block - sizeof(Ext4XattrHeader))});
}

void set_xattr_checksum(std::string& block, std::uint64_t number, std::uint32_t seed) {
    const std::uint32_t checksum =
        crc32c(crc32c(seed, object_bytes(number)), std::as_bytes(std::span(std::as_const(block))));
    store_le(std::as_writable_bytes(std::span(block)), offsetof(Ext4XattrHeader, checksum), checksum);
}

}  // namespace rpikit::image
