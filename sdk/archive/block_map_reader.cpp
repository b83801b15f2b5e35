#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <pugixml.hpp>
#include <system_error>

#include "sdk/archive/block_map.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/hash.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::archive {

namespace {

/// What a hostile map may ask for: a real one of a 64 GB image has a few thousand ranges.
constexpr std::size_t file_limit = std::size_t{16} << 20;
constexpr std::size_t range_limit = 250'000;
/// Bytes; an offset on a disk is a signed number of 64 bits.
constexpr std::uint64_t image_limit = std::numeric_limits<std::int64_t>::max();

/// The reader of one map: what it says, and the name that all complaints begin with.
struct Document {
    pugi::xml_document xml;
    pugi::xml_node root;
    std::string file;

    std::unexpected<Error> wrong(const std::string& cause) const {
        return fail({.message = fmt::format("the block map {} cannot be used", file),
                     .causes = {cause},
                     .hint = "make it anew (bmaptool create IMAGE), or write the image without it"});
    }
    Result<std::uint64_t> number(const char* name) const {
        const auto value = parse_number(trim(root.child_value(name)));
        if (!value) return wrong(fmt::format("it has no {} that is a number", name));
        return *value;
    }
};

/// pugixml expands no entities of a document's own; what declares some has no business here.
Result<> parse(Document& document, std::string_view xml) {
    if (xml.contains("<!DOCTYPE") || xml.contains("<!ENTITY")) {
        return document.wrong("it has a document type of its own");
    }
    const auto parsed =
        document.xml.load_buffer(xml.data(), xml.size(), pugi::parse_minimal, pugi::encoding_utf8);
    if (!parsed) return document.wrong(fmt::format("{} at byte {}", parsed.description(), parsed.offset));
    document.root = document.xml.child("bmap");
    if (!document.root) return document.wrong("it is no XML of a <bmap>");
    return {};
}

/// Major and minor version; 2.x is what bmaptool 3 writes.
Result<std::array<std::uint64_t, 2>> version(const Document& document) {
    const std::string text = document.root.attribute("version").value();
    const auto parts = split(text, '.');
    const auto major = parse_number(parts[0]);
    const auto minor = parts.size() == 2 ? parse_number(parts[1]) : std::nullopt;
    if (!major || !minor) return document.wrong(fmt::format("its version is \"{}\"", text));
    if (*major < 1 || *major > 2) {
        return document.wrong(fmt::format("its version is {}, and 1.2 to 2.x are known", text));
    }
    return std::array{*major, *minor};
}

/// The element with the file's own checksum, and the checksum's type. 1.3 has SHA-1 alone, older ones none.
struct OwnChecksum {
    const char* element = "BmapFileChecksum";
    const char* attribute = "chksum";
    std::string type = "sha256";
};

Result<OwnChecksum> own_checksum(const Document& document) {
    TRY_ASSIGN(const auto number, version(document));
    if (number[0] == 1 && number[1] < 3 &&
        (document.root.child("BmapFileChecksum") || document.root.child("BmapFileSHA1"))) {
        return document.wrong("it has a checksum, which its version does not know: it is damaged");
    }
    if (number[0] == 1 && number[1] < 4) {
        return OwnChecksum{
            .element = number[1] == 3 ? "BmapFileSHA1" : nullptr, .attribute = "sha1", .type = "sha1"};
    }
    OwnChecksum found;
    found.type = trim(document.root.child_value("ChecksumType"));
    if (!Hash::of(found.type)) {
        return document.wrong(
            fmt::format("its checksums are of the type \"{}\", which is not known", found.type));
    }
    return found;
}

/// The checksum was taken with as many zeros in its own place.
Result<> check_own_checksum(const Document& document, const OwnChecksum& own, std::string_view xml) {
    if (own.element == nullptr) return {};
    const std::string expected(trim(document.root.child_value(own.element)));
    auto hash = *Hash::of(own.type);
    const auto at = xml.find(expected);
    if (expected.size() != hash.finish().size() || at == std::string_view::npos) {
        return document.wrong(fmt::format("it has no checksum of its own ({})", own.element));
    }
    const std::string zeros(expected.size(), '0');
    hash.update(std::as_bytes(std::span(xml.substr(0, at))));
    hash.update(std::as_bytes(std::span(zeros)));
    hash.update(std::as_bytes(std::span(xml.substr(at + expected.size()))));
    if (hash.finish() != expected) return document.wrong("its own checksum does not hold: it is damaged");
    return {};
}

Result<MappedRange> range_of(const Document& document, pugi::xml_node node, const OwnChecksum& own) {
    const std::string_view text = trim(node.child_value());
    const auto dash = text.find('-');
    const auto first = parse_number(trim(text.substr(0, dash)));
    const auto last = dash == std::string_view::npos ? first : parse_number(trim(text.substr(dash + 1)));
    if (!first || !last)
        return document.wrong(fmt::format("\"{}\" is no range of blocks", text.substr(0, 60)));
    if (*first > *last) return document.wrong(fmt::format("the range {} ends before it starts", text));
    MappedRange range{.first = *first, .last = *last, .checksum = node.attribute(own.attribute).value()};
    if (!range.checksum.empty() && range.checksum.size() != Hash::of(own.type)->finish().size()) {
        return document.wrong(fmt::format("the checksum of the range {} has a wrong length", text));
    }
    std::ranges::transform(range.checksum, range.checksum.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return range;
}

Result<> read_ranges(const Document& document, const OwnChecksum& own, std::uint64_t blocks, BlockMap& map) {
    for (const auto node : document.root.child("BlockMap").children("Range")) {
        TRY_ASSIGN(auto range, range_of(document, node, own));
        if (range.last >= blocks) {
            return document.wrong(fmt::format("the range {}-{} ends behind the image, which has {} blocks",
                                              range.first, range.last, blocks));
        }
        if (!map.ranges.empty() && range.first <= map.ranges.back().last) {
            return document.wrong(fmt::format("the range {}-{} does not lie behind the one before it",
                                              range.first, range.last));
        }
        if (map.ranges.size() == range_limit) {
            return document.wrong(fmt::format("it has more than {} ranges", range_limit));
        }
        map.ranges.push_back(std::move(range));
    }
    return {};
}

}  // namespace

Result<BlockMap> parse_block_map(std::string_view xml, const std::filesystem::path& file) {
    Document document{.xml = {}, .root = {}, .file = file.string()};
    TRY(parse(document, xml));
    TRY_ASSIGN(const auto own, own_checksum(document));
    TRY(check_own_checksum(document, own, xml));

    BlockMap map{.checksum_type = own.type};
    TRY_ASSIGN(map.image_size, document.number("ImageSize"));
    TRY_ASSIGN(map.block_size, document.number("BlockSize"));
    TRY_ASSIGN(const auto blocks, document.number("BlocksCount"));
    TRY_ASSIGN(const auto mapped, document.number("MappedBlocksCount"));
    if (map.image_size == 0 || map.image_size > image_limit || map.block_size == 0 ||
        map.block_size > image_limit - map.image_size) {
        return document.wrong("its sizes are of no image");
    }
    if (blocks != (map.image_size + map.block_size - 1) / map.block_size) {
        return document.wrong(fmt::format("BlocksCount is {}, which is not ImageSize in blocks", blocks));
    }
    TRY(read_ranges(document, own, blocks, map));
    if (mapped != map.mapped_blocks()) {
        return document.wrong(fmt::format("MappedBlocksCount is {}, and its ranges have {} blocks", mapped,
                                          map.mapped_blocks()));
    }
    return map;
}

Result<BlockMap> read_block_map(const std::filesystem::path& file) {
    TRY_ASSIGN(const auto xml, host::read_file(file, file_limit));
    return parse_block_map(xml, file);
}

std::optional<std::filesystem::path> find_block_map(const std::filesystem::path& image) {
    auto name = image;
    while (true) {
        auto candidate = name;
        candidate += ".bmap";
        std::error_code ignored;
        if (std::filesystem::is_regular_file(candidate, ignored)) return candidate;
        if (!name.has_extension()) return std::nullopt;
        name.replace_extension();
    }
}

}  // namespace rpikit::archive
