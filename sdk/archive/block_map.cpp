#include "sdk/archive/block_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sdk/support/sha256.hpp"

namespace rpikit::archive {

std::uint64_t BlockMap::mapped_blocks() const {
    std::uint64_t blocks = 0;
    for (const MappedRange& range : ranges)
        blocks += range.last - range.first + 1;
    return blocks;
}

std::uint64_t BlockMap::mapped_bytes() const {
    if (ranges.empty()) return 0;
    const std::uint64_t end = (ranges.back().last + 1) * block_size;
    return mapped_blocks() * block_size - (end - std::min(end, image_size));
}

std::string BlockMap::text() const {
    // The file's hash is taken with zeros in its own place.
    const std::string zeros(64, '0');
    std::string xml = "<?xml version=\"1.0\" ?>\n<bmap version=\"2.0\">\n";
    const auto out = std::back_inserter(xml);
    fmt::format_to(out, "  <ImageSize>{}</ImageSize>\n", image_size);
    fmt::format_to(out, "  <BlockSize>{}</BlockSize>\n", block_size);
    fmt::format_to(out, "  <BlocksCount>{}</BlocksCount>\n", (image_size + block_size - 1) / block_size);
    fmt::format_to(out, "  <MappedBlocksCount>{}</MappedBlocksCount>\n", mapped_blocks());
    fmt::format_to(out, "  <ChecksumType>sha256</ChecksumType>\n");
    fmt::format_to(out, "  <BmapFileChecksum>{}</BmapFileChecksum>\n", zeros);
    fmt::format_to(out, "  <BlockMap>\n");
    for (const MappedRange& range : ranges) {
        const bool single = range.first == range.last;
        fmt::format_to(out, "    <Range chksum=\"{}\">{}</Range>\n", range.checksum,
                       single ? fmt::to_string(range.first) : fmt::format("{}-{}", range.first, range.last));
    }
    xml += "  </BlockMap>\n</bmap>\n";
    const std::string hash = sha256(xml);
    xml.replace(xml.find(zeros), zeros.size(), hash);
    return xml;
}

}  // namespace rpikit::archive
