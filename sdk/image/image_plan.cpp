#include "sdk/image/image_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/image/identifiers.hpp"
#include "sdk/image/raw_content.hpp"
#include "sdk/support/partition_format.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::image {

namespace {

/// The files that a partition's size comes from, largest first, one a line.
std::string largest_files(const archive::FileTree& tree) {
    constexpr std::size_t shown = 5;
    std::vector<std::pair<std::uint64_t, std::string_view>> files;
    for (const auto& [path, entry] : tree.entries()) {
        if (entry.type == archive::FileType::regular && entry.hard_link.empty()) {
            files.emplace_back(archive::content_size(entry), path);
        }
    }
    const auto count = std::min(shown, files.size());
    std::ranges::partial_sort(
        files, files.begin() + static_cast<std::ptrdiff_t>(count),
        [](auto& a, auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    std::string lines = count == 0 ? "" : "largest files:\n";
    for (std::size_t i = 0; i < count; ++i)
        lines += fmt::format("{:>12}  {}\n", format_size(files[i].first), files[i].second);
    return lines;
}

std::unexpected<Error> too_small(const board::Partition& partition, std::uint64_t needed,
                                 const archive::FileTree& tree) {
    const std::uint64_t size = *partition.size;
    const std::uint64_t missing = needed - size;
    constexpr std::uint64_t mib = 1 << 20;
    return fail(
        {.message = fmt::format("partition '{}' is too small by {} ({} bytes)", partition.name,
                                format_size(missing), missing),
         .where = partition.where,
         .causes = {fmt::format("it has {}, its content needs {}", format_size(size), format_size(needed))},
         .detail = largest_files(tree),
         .hint =
             fmt::format("set size = \"{}M\" or more, or leave size out so that it comes from the content",
                         divide_up(needed, mib))});
}

Result<std::uint64_t> choose_size(const PreparedFilesystem& prepared, const PartitionContent& content,
                                  const archive::FileTree& tree, std::uint64_t alignment) {
    const board::Partition& partition = content.partition;
    if (!partition.size) return prepared.fitting_size(0, partition.free, alignment);
    if (*partition.size == 0 || *partition.size % sector_size != 0) {
        return fail({.message = fmt::format("the size of partition '{}' is not a multiple of {} bytes",
                                            partition.name, sector_size),
                     .where = partition.where});
    }
    const std::uint64_t needed = prepared.fitting_size(*partition.size, 0, sector_size);
    if (needed > *partition.size) return too_small(partition, needed, tree);
    return *partition.size;
}

Result<> check_layout(const ImageRequest& request, const PartitionTableType& table) {
    const auto& layout = request.layout;
    if (layout.partitions.empty()) return fail({.message = "the image has no partitions"});
    if (layout.partitions.size() != request.contents.size()) {
        return fail({.message = fmt::format("{} partitions with {} contents", layout.partitions.size(),
                                            request.contents.size())});
    }
    if (layout.partitions.size() > table.most_partitions) {
        return fail({.message = fmt::format("the image has {} partitions, an {} table holds {}",
                                            layout.partitions.size(), table.name, table.most_partitions),
                     .where = layout.partitions.at(table.most_partitions).where,
                     .hint = "set table = \"gpt\" in [image]"});
    }
    constexpr std::uint64_t largest_alignment = std::uint64_t{1} << 30;
    if (layout.alignment == 0 || layout.alignment % map_block != 0 || layout.alignment > largest_alignment) {
        return fail({.message = fmt::format("an alignment of {} bytes is not possible", layout.alignment),
                     .hint = "use a multiple of 4K, at most 1G; 4M suits cards"});
    }
    if (request.boot_code.size() > sizeof(Mbr::boot_code)) {
        return fail({.message = fmt::format("boot code of {} bytes, the first sector has room for {}",
                                            request.boot_code.size(), sizeof(Mbr::boot_code))});
    }
    return {};
}

/// Plans partition after partition, each where the one before it ends.
class Planner {
  public:
    Planner(const ImageRequest& request, const ImageTypes& types, const Workplace& workplace)
        : request_(request), types_(types), workplace_(workplace) {}

    Result<ImagePlan> plan() {
        TRY_ASSIGN(const auto* table, types_.table(request_.layout.table));
        TRY(check_layout(request_, *table));
        identifiers_ = identify(*table);
        end_ = table->head;
        for (std::size_t i = 0; i < request_.contents.size(); ++i) {
            auto placed = place(i);
            if (placed) continue;
            return fail(placed.error(), fmt::format("cannot lay out partition {} ('{}')", i + 1,
                                                    request_.layout.partitions[i].name));
        }
        TRY_ASSIGN(auto raw, place_raw_contents(request_, *table, extents_.front().offset));
        add(std::move(raw), 0);
        // Whole mebibytes: emulated and real readers like round sizes.
        constexpr std::uint64_t mib = 1 << 20;
        plan_.size = round_up(end_ + table->tail, mib);
        TRY_ASSIGN(auto pieces, table->lay_out({.layout = request_.layout,
                                                .identifiers = identifiers_,
                                                .extents = extents_,
                                                .filesystems = filesystems_,
                                                .image_size = plan_.size,
                                                .boot_code = request_.boot_code}));
        add(std::move(pieces), 0);
        std::ranges::sort(plan_.pieces, {}, &Piece::offset);
        TRY(check_pieces());
        return std::move(plan_);
    }

  private:
    Identifiers identify(const PartitionTableType& table) const {
        Identifiers identifiers = derive_identifiers(request_.layout, request_.seed);
        for (std::size_t i = 0; i < request_.layout.partitions.size(); ++i)
            identifiers.partuuids[i] = table.partuuid(identifiers, request_.seed, i);
        return identifiers;
    }

    Result<> place(std::size_t index) {
        static const archive::FileTree nothing;
        const PartitionContent& content = request_.contents[index];
        const archive::FileTree& tree = content.tree == nullptr ? nothing : *content.tree;
        const board::Partition& partition = content.partition;
        TRY_ASSIGN(const auto* type, types_.filesystem(partition));
        const Uuid id = filesystem_id(request_.seed, index);
        TRY_ASSIGN(const auto prepared,
                   type->prepare({.partition = partition,
                                  .tree = tree,
                                  .label = partition.label.empty() ? partition.name : partition.label,
                                  .id = id,
                                  .timestamp = request_.timestamp,
                                  .workplace = workplace_}));
        TRY_ASSIGN(const std::uint64_t size,
                   choose_size(*prepared, content, tree, request_.layout.alignment));
        const Extent extent{.offset = round_up(end_, request_.layout.alignment), .size = size};
        TRY_ASSIGN(auto pieces, prepared->lay_out(extent));
        add(std::move(pieces), extent.offset);
        end_ = extent.offset + extent.size;
        extents_.push_back(extent);
        filesystems_.push_back(type);
        plan_.partitions.push_back({.name = partition.name,
                                    .filesystem = partition.filesystem,
                                    .offset = extent.offset,
                                    .size = extent.size,
                                    .partuuid = identifiers_.partuuids[index],
                                    .uuid = type->uuid(id)});
        return {};
    }

    void add(std::vector<Piece> pieces, std::uint64_t offset) {
        for (Piece& piece : pieces) {
            piece.offset += offset;
            plan_.pieces.push_back(std::move(piece));
        }
    }

    /// A type that plans two things for one place must not reach a card.
    Result<> check_pieces() const {
        std::uint64_t end = 0;
        for (const Piece& piece : plan_.pieces) {
            if (piece.offset < end || piece.size > plan_.size || piece.offset > plan_.size - piece.size) {
                return fail(
                    {.message = fmt::format("the image's plan contradicts itself at byte {}", piece.offset)});
            }
            end = piece.offset + piece.size;
        }
        return {};
    }

    const ImageRequest& request_;
    const ImageTypes& types_;
    const Workplace& workplace_;
    Identifiers identifiers_;
    std::uint64_t end_ = 0;
    std::vector<Extent> extents_;
    std::vector<const FilesystemType*> filesystems_;
    ImagePlan plan_;
};

}  // namespace

Result<std::uint64_t> first_partition_offset(const board::Image& layout) {
    TRY_ASSIGN(const auto* table, built_in_types().table(layout.table));
    return round_up(table->head, layout.alignment);
}

Result<ImagePlan> plan_image(const ImageRequest& request, const ImageTypes& types,
                             const Workplace& workplace) {
    return Planner(request, types, workplace).plan();
}

}  // namespace rpikit::image
