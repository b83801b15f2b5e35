#include "sdk/archive/compressed_extent.hpp"

#include <array>
#include <optional>
#include <span>

#include "sdk/support/bytes.hpp"

namespace rpikit::archive {

namespace {

constexpr std::uint32_t zstd_magic = 0xFD2FB528;
constexpr std::uint32_t skippable_magic = 0x184D2A50;  ///< and the 15 after it
constexpr std::uint32_t lz4_legacy_magic = 0x184C2102;
constexpr std::uint32_t lz4_legacy_block = 8 << 20;

/// A number at `at` of up to `Number`'s bytes, if it lies inside.
template <class Number = std::uint32_t>
std::optional<Number> number(std::string_view bytes, std::uint64_t at, unsigned width) {
    if (at > bytes.size() || bytes.size() - at < width) return std::nullopt;
    Number value = 0;
    for (unsigned i = width; i-- > 0;)
        value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

/// The frame's header (section 3.1.1.1).
struct ZstdHeader {
    std::uint64_t content_size_at = 0;
    unsigned content_size_width = 0;  ///< 0: it does not say

    std::uint64_t blocks() const { return content_size_at + content_size_width; }
};

std::optional<ZstdHeader> zstd_header(std::string_view bytes, std::uint64_t frame) {
    const auto descriptor = number(bytes, frame + 4, 1);
    if (!descriptor) return std::nullopt;
    constexpr std::array<unsigned, 4> content_size{0, 2, 4, 8};
    constexpr std::array<unsigned, 4> dictionary_id{0, 1, 2, 4};
    const bool single_segment = (*descriptor & 0x20U) != 0;
    const auto width = *descriptor >> 6 == 0 && single_segment ? 1 : content_size.at(*descriptor >> 6);
    return ZstdHeader{
        .content_size_at = frame + 5 + (single_segment ? 0 : 1) + dictionary_id.at(*descriptor & 3U),
        .content_size_width = width};
}

/// The end of the frame at `frame`; unset when it is truncated.
std::optional<std::uint64_t> zstd_frame_end(std::string_view bytes, std::uint64_t frame) {
    const auto frame_header = zstd_header(bytes, frame);
    if (!frame_header) return std::nullopt;
    auto at = frame_header->blocks();
    const bool checksum = (static_cast<std::uint8_t>(bytes[frame + 4]) & 0x04U) != 0;
    while (true) {
        const auto header = number(bytes, at, 3);
        if (!header) return std::nullopt;
        constexpr std::uint32_t repeated = 1;  // one byte stands for all of the block
        const bool last = (*header & 1U) != 0;
        at += 3 + ((*header >> 1 & 3U) == repeated ? 1 : *header >> 3);
        if (last) break;
    }
    at += checksum ? 4 : 0;
    return at <= bytes.size() ? std::optional(at) : std::nullopt;
}

}  // namespace

std::uint64_t zstd_extent(std::string_view bytes) {
    std::uint64_t at = 0;
    while (const auto magic = number(bytes, at, 4)) {
        if (*magic == zstd_magic) {
            const auto end = zstd_frame_end(bytes, at);
            if (!end) return bytes.size();
            at = *end;
        } else if ((*magic & 0xFFFFFFF0U) == skippable_magic) {
            const auto size = number(bytes, at + 4, 4);
            if (!size || *size > bytes.size() - at - 8) return bytes.size();
            at += 8 + std::uint64_t{*size};
        } else {
            break;
        }
    }
    return at;
}

std::optional<std::uint64_t> zstd_content_size(std::string_view bytes) {
    if (number(bytes, 0, 4) != zstd_magic) return std::nullopt;
    const auto header = zstd_header(bytes, 0);
    if (!header || header->content_size_width == 0) return std::nullopt;
    const auto size = number<std::uint64_t>(bytes, header->content_size_at, header->content_size_width);
    constexpr std::uint64_t least_of_two_bytes = 256;  // section 3.1.1.1.4
    return size && header->content_size_width == 2 ? *size + least_of_two_bytes : size;
}

std::uint64_t lz4_legacy_extent(std::string_view bytes) {
    constexpr std::uint32_t largest = lz4_legacy_block + lz4_legacy_block / 255 + 16;  // LZ4_COMPRESSBOUND
    std::uint64_t at = 4;
    while (const auto size = number(bytes, at, 4)) {
        if (*size == lz4_legacy_magic) {
            at += 4;
            continue;
        }
        if (*size == 0 || *size > largest) return at;
        // The kernel's build appends the unpacked size, which may look like a block's: four bytes, then the
        // end.
        if (at + 4 == bytes.size()) return at;
        if (*size > bytes.size() - at - 4) return bytes.size();
        at += 4 + std::uint64_t{*size};
    }
    return at < bytes.size() ? bytes.size() : at;
}

}  // namespace rpikit::archive
