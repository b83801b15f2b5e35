#include "sdk/image/raw_content.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "sdk/support/partition_format.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::image {

namespace {

constexpr auto largest = std::numeric_limits<std::uint64_t>::max();

/// The largest number for one that would lie behind it: an offset of a descriptor may be any number.
std::uint64_t end_of(const RawContent& content) {
    const auto size = archive::content_size(*content.entry);
    return size > largest - content.offset ? largest : content.offset + size;
}

std::string place_of(const RawContent& content) {
    return fmt::format("'{}' lies from byte {} to {}", content.name, content.offset, end_of(content));
}

std::unexpected<Error> overlap(const RawContent& content, std::string_view what, std::string cause,
                               std::string hint) {
    return fail({.message = fmt::format("the boot loader '{}' overlaps {}", content.name, what),
                 .where = content.where,
                 .causes = {place_of(content), std::move(cause)},
                 .hint = std::move(hint)});
}

Result<> check_table(const RawContent& content, const PartitionTableType& table) {
    if (content.offset % sector_size != 0) {
        return fail(
            {.message = fmt::format("the boot loader '{}' is at byte {}, which is not a multiple of {}",
                                    content.name, content.offset, sector_size),
             .where = content.where});
    }
    if (content.offset >= table.head) return {};
    const bool gpt = table.name == "gpt";
    return overlap(content, gpt ? "the entries of the GPT" : "the MBR",
                   fmt::format("the partition table ends at byte {}", table.head),
                   gpt && content.offset >= sector_size
                       ? "set table = \"mbr\" in [image], or another offset if the ROM looks there too"
                       : "write the offset that the SoC's ROM reads, such as \"8K\"");
}

Result<> check_partition(const RawContent& content, std::uint64_t first_partition) {
    if (end_of(content) <= first_partition) return {};
    constexpr std::uint64_t mib = 1 << 20;
    std::string hint = "correct its offset";
    if (end_of(content) < largest)
        hint = fmt::format("set alignment = \"{}M\" in [image], where the first partition then starts",
                           std::bit_ceil(divide_up(end_of(content), mib)));
    return overlap(content, "the first partition",
                   fmt::format("the first partition starts at byte {}", first_partition), std::move(hint));
}

}  // namespace

Result<std::vector<Piece>> place_raw_contents(const ImageRequest& request, const PartitionTableType& table,
                                              std::uint64_t first_partition) {
    auto contents = request.raw;
    std::ranges::sort(contents, {}, &RawContent::offset);
    std::vector<Piece> pieces;
    const RawContent* before = nullptr;
    for (const auto& content : contents) {
        TRY(check_table(content, table));
        TRY(check_partition(content, first_partition));
        if (before != nullptr && content.offset < end_of(*before))
            return overlap(content, fmt::format("'{}'", before->name), place_of(*before),
                           "correct their offsets");
        before = &content;
        const auto owner = std::ranges::find(request.raw, content.entry, &RawContent::entry);
        pieces.push_back({.offset = content.offset,
                          .size = archive::content_size(*content.entry),
                          .source = ContentPart{.entry = content.entry, .path = &owner->name}});
    }
    return pieces;
}

}  // namespace rpikit::image
