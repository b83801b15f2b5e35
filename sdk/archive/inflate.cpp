#include "sdk/archive/inflate.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "sdk/archive/compressed_extent.hpp"
#include "sdk/archive/lzma_inflate.hpp"
#include "sdk/archive/reader.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::archive {

using namespace std::string_view_literals;

namespace {

struct Magic {
    Packing packing;
    std::string_view bytes;
};

/// RFC 1952; bzip2's; the .xz specification 2.1.1.1; LZ4's frame formats; lzop's; RFC 8878.
constexpr std::array magics{
    Magic{Packing::gzip, "\x1f\x8b"sv},
    Magic{Packing::bzip2, "BZh"sv},
    Magic{Packing::xz,
          "\xfd"
          "7zXZ\0"sv},
    Magic{Packing::lzma, "\x5d\0\0"sv},
    Magic{Packing::lz4, "\x04\x22\x4d\x18"sv},
    Magic{Packing::lz4_legacy, "\x02\x21\x4c\x18"sv},
    Magic{Packing::lzop, "\x89LZO"sv},
    Magic{Packing::zstd, "\x28\xb5\x2f\xfd"sv},
};

/// Through libarchive, which ends quietly where gzip and bzip2 end and other bytes follow.
Result<Inflated> inflate_by_reader(std::string_view bytes, std::uint64_t limit) {
    Inflated inflated;
    auto reader = Reader::open(memory_stream(bytes), Format::compressed);
    if (!reader) return Inflated{.content = {}, .damage = reader.error()};
    const auto entry = reader->next();
    if (!entry) return Inflated{.content = {}, .damage = entry.error()};
    while (*entry != nullptr) {
        const auto block = reader->data();
        if (!block) inflated.damage = block.error();
        if (!block || !*block) break;
        const auto piece = (*block)->bytes;
        if (piece.size() > limit - inflated.content.size()) return unpacks_too_much(limit);
        inflated.content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
    inflated.consumed = reader->position();
    return inflated;
}

}  // namespace

std::unexpected<Error> unpacks_too_much(std::uint64_t limit) {
    return fail({.message = fmt::format("refused: it unpacks to more than {}", format_size(limit))});
}

std::string_view to_string(Packing packing) {
    switch (packing) {
        case Packing::gzip:
            return "gzip";
        case Packing::bzip2:
            return "bzip2";
        case Packing::xz:
            return "xz";
        case Packing::lzma:
            return "lzma";
        case Packing::lz4:
            return "lz4";
        case Packing::lz4_legacy:
            return "lz4 (legacy frame)";
        case Packing::lzop:
            return "lzop";
        case Packing::zstd:
            return "zstd";
    }
    return "none";
}

std::optional<Packing> packing_of(std::string_view bytes) {
    for (const auto& magic : magics) {
        if (bytes.starts_with(magic.bytes)) return magic.packing;
    }
    return std::nullopt;
}

ByteStream memory_stream(std::string_view bytes) {
    return [bytes]() mutable -> Result<std::span<const std::byte>> {
        return std::as_bytes(std::span(std::exchange(bytes, {})));
    };
}

Result<Inflated> inflate(std::string_view bytes, Packing packing, std::uint64_t limit) {
    if (packing == Packing::xz || packing == Packing::lzma) {
        return lzma_inflate(bytes, packing == Packing::xz, limit);
    }
    if (packing == Packing::lzop) return fail({.message = "lzop compression cannot be unpacked here"});
    if (packing != Packing::zstd && packing != Packing::lz4_legacy) return inflate_by_reader(bytes, limit);
    // These two know no end but the end of the file; other bytes behind them would be damage to libarchive.
    const auto extent = packing == Packing::zstd ? zstd_extent(bytes) : lz4_legacy_extent(bytes);
    TRY_ASSIGN(auto inflated, inflate_by_reader(bytes.substr(0, extent), limit));
    inflated.consumed = extent;
    return inflated;
}

Result<std::string> inflate_whole(std::string_view bytes, Packing packing, std::uint64_t limit) {
    TRY_ASSIGN(auto inflated, inflate(bytes, packing, limit));
    if (inflated.damage) return fail(std::move(*inflated.damage));
    return std::move(inflated.content);
}

}  // namespace rpikit::archive
