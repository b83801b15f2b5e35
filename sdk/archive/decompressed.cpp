#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "sdk/archive/reader.hpp"
#include "sdk/archive/stream.hpp"

namespace rpikit::archive {

namespace {

using Piece = std::span<const std::byte>;

bool starts_with(Piece piece, std::span<const unsigned char> magic) {
    return piece.size() >= magic.size() &&
           std::ranges::equal(piece.first(magic.size()), std::as_bytes(magic));
}

/// First bytes of an .xz file: its specification, section 2.1.1.1.
constexpr std::array<unsigned char, 6> xz_magic = {0xFD, '7', 'z', 'X', 'Z', 0x00};

/// The first bytes of the other compressions: RFC 1952, RFC 8878, bzip2's and LZ4's frame formats.
constexpr std::array<unsigned char, 2> gzip_magic = {0x1F, 0x8B};
bool is_compressed(Piece piece) {
    constexpr std::array<unsigned char, 4> zstd = {0x28, 0xB5, 0x2F, 0xFD};
    constexpr std::array<unsigned char, 3> bzip2 = {'B', 'Z', 'h'};
    constexpr std::array<unsigned char, 4> lz4 = {0x04, 0x22, 0x4D, 0x18};
    return starts_with(piece, zstd) || starts_with(piece, bzip2) || starts_with(piece, lz4);
}

/// `first`, which was looked at already, and then the rest of the stream it came from.
ByteStream prepended(Piece first, ByteStream rest) {
    return [first, rest = std::move(rest)]() mutable -> Result<Piece> {
        if (!first.empty()) return std::exchange(first, {});
        return rest();
    };
}

Result<ByteStream> chosen_by_content(ByteStream input, unsigned threads) {
    TRY_ASSIGN(const Piece first, input());
    auto whole = prepended(first, std::move(input));
    if (starts_with(first, xz_magic)) return xz_decoded(std::move(whole), threads);
    if (starts_with(first, gzip_magic)) return gzip_decoded(std::move(whole));
    if (!is_compressed(first)) return whole;
    TRY_ASSIGN(auto reader, Reader::open(std::move(whole), Format::compressed));
    TRY(reader.next());
    return entry_stream(std::move(reader));
}

}  // namespace

ByteStream with_first_piece(ByteStream input, std::size_t size) {
    return [input = std::move(input), size, first = std::vector<std::byte>()]() mutable -> Result<Piece> {
        while (first.size() < size) {
            TRY_ASSIGN(const auto piece, input());
            if (first.empty() && piece.size() >= size) {
                size = 0;
                return piece;
            }
            first.insert(first.end(), piece.begin(), piece.end());
            if (!piece.empty() && first.size() < size) continue;
            size = 0;
            return Piece(first);
        }
        return input();
    };
}

ByteStream decompressed(ByteStream input, unsigned threads) {
    return [input = std::move(input), threads, content = ByteStream{}]() mutable -> Result<Piece> {
        if (!content) {
            TRY_ASSIGN(content, chosen_by_content(std::move(input), threads));
        }
        return content();
    };
}

}  // namespace rpikit::archive
