#include "sdk/inspect/embedded_config.hpp"

#include <array>

#include "sdk/archive/inflate.hpp"

namespace rpikit::inspect {

namespace {

using archive::Packing;
using namespace std::string_view_literals;

struct Needle {
    Packing packing;
    std::string_view bytes;
};

/// Those of extract-ikconfig, in its order; lzop has no library here.
constexpr std::array needles{
    Needle{Packing::gzip, "\x1f\x8b\x08"sv},
    Needle{Packing::xz,
           "\xfd"
           "7zXZ\0"sv},
    Needle{Packing::bzip2, "BZh"sv},
    Needle{Packing::lzma, "\x5d\0\0\0"sv},
    Needle{Packing::lz4_legacy, "\x02\x21\x4c\x18"sv},
    Needle{Packing::zstd, "\x28\xb5\x2f\xfd"sv},
};

/// A file of nothing but signatures would keep us busy for hours.
constexpr unsigned most_attempts = 4096;

}  // namespace

Result<std::optional<std::string>> find_embedded_config(std::string_view bytes, std::uint64_t limit) {
    constexpr auto mark = "IKCFG_ST\x1f\x8b\x08"sv;
    const auto at = bytes.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    TRY_ASSIGN(auto inflated, archive::inflate(bytes.substr(at + 8), Packing::gzip, limit));
    if (inflated.damage) return std::nullopt;
    return std::move(inflated.content);
}

Result<bool> scan_payloads(std::string_view bytes, std::uint64_t limit,
                           const std::function<bool(std::string&, std::string_view)>& accept) {
    unsigned attempts = 0;
    for (const auto& needle : needles) {
        for (auto at = bytes.find(needle.bytes); at != std::string_view::npos;
             at = bytes.find(needle.bytes, at + 1)) {
            if (++attempts > most_attempts) {
                return fail(
                    {.message = "it holds too many signatures of compressed streams to try them all"});
            }
            TRY_ASSIGN(auto inflated, archive::inflate(bytes.substr(at), needle.packing, limit));
            limit -= inflated.content.size();
            if (accept(inflated.content, archive::to_string(needle.packing))) return true;
        }
    }
    return false;
}

}  // namespace rpikit::inspect
