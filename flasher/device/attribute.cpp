#include "flasher/device/attribute.hpp"

#include <sys/sysmacros.h>

#include <algorithm>
#include <limits>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::device {

namespace {

constexpr std::size_t page_bytes = 4096;  // an attribute is no longer (Documentation/filesystems/sysfs.rst)
constexpr std::size_t longest_text = 128;

/// How many bytes the UTF-8 character at the start of `text` has; 0 when it is none or not for a screen: C0
/// and C1 control characters, the marks that turn the direction of writing, byte order marks.
std::size_t character_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80) return byte(0) >= 0x20 && byte(0) != 0x7f ? 1 : 0;
    const std::size_t count = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc2 ? 2 : 0;
    if (count == 0 || byte(0) > 0xf4 || text.size() < count) return 0;
    char32_t code = byte(0) & (0x7fU >> count);
    for (std::size_t i = 1; i < count; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return 0;
        code = (code << 6U) | (byte(i) & 0x3fU);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool hidden = code < 0xa0 || (code >= 0x200b && code <= 0x200f) ||
                        (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
                        (code >= 0xd800 && code <= 0xdfff) || code == 0xfeff;
    return code < smallest[count] || code > 0x10ffff || hidden ? 0 : count;
}

}  // namespace

std::string clean_text(std::string_view text) {
    text = trim(text);
    std::string clean;
    for (std::size_t characters = 0; !text.empty() && characters < longest_text; ++characters) {
        const auto count = character_bytes(text);
        if (count == 0)
            clean += '?';
        else
            clean += text.substr(0, count);
        text.remove_prefix(std::max<std::size_t>(count, 1));
    }
    return clean;
}

std::string attribute(const std::filesystem::path& file) {
    const auto content = host::read_file(file, page_bytes);
    return content ? clean_text(*content) : std::string();
}

std::uint64_t number_attribute(const std::filesystem::path& file, std::uint64_t otherwise) {
    return rpikit::parse_number(attribute(file)).value_or(otherwise);
}

std::optional<dev_t> parse_number(std::string_view text) {
    const auto parts = split(trim(text), ':');
    if (parts.size() != 2) return std::nullopt;
    const auto major = rpikit::parse_number(parts[0]);
    const auto minor = rpikit::parse_number(parts[1]);
    constexpr auto most = std::numeric_limits<unsigned>::max();
    if (!major || !minor || *major > most || *minor > most) return std::nullopt;
    return makedev(static_cast<unsigned>(*major), static_cast<unsigned>(*minor));
}

std::filesystem::path node_path(const std::filesystem::path& dev, std::string_view name) {
    std::string path(name);
    std::ranges::replace(path, '!', '/');
    return dev / path;
}

}  // namespace rpikit::device
