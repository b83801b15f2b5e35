#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "sdk/host/file.hpp"
#include "sdk/image/chunk_pipeline.hpp"
#include "sdk/image/content_reader.hpp"
#include "sdk/image/image_plan.hpp"
#include "sdk/image/output_file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::image {

namespace {

/// A range of the block map is the unit in which a card is verified and retried: bounded.
constexpr std::uint64_t longest_range = 16 << 20;

/// Turns pieces into mapped blocks: gathers them in chunks, fills the rest of their blocks with zeros, writes
/// each chunk to its place and passes it on to be hashed.
class Assembler {
  public:
    Assembler(const ImagePlan& plan, ContentReader& reader, OutputFile& file)
        : reader_(reader), pipeline_(file, plan.size, map_block) {}

    Result<> put(const Piece& piece) {
        if (piece.size == 0) return {};
        TRY(move_to(piece.offset));
        for (std::uint64_t done = 0; done < piece.size;) {
            TRY_ASSIGN(const auto room, extend(piece.size - done));
            if (const auto* text = std::get_if<std::string>(&piece.source)) {
                std::memcpy(room.data(), text->data() + done, room.size());
            } else if (const auto* part = std::get_if<ContentPart>(&piece.source)) {
                TRY(reader_.read(*part, part->offset + done, room));
            } else {
                std::ranges::fill(room, std::byte{0});
            }
            done += room.size();
        }
        return {};
    }

    Result<ChunkPipeline::Hashes> finish() {
        TRY(put_zeros(round_up(position(), map_block) - position()));
        if (chunk_.used > 0) TRY(flush(true));
        return pipeline_.finish();
    }

    std::uint64_t written() const { return written_; }  ///< bytes

  private:
    std::uint64_t position() const { return chunk_.offset + chunk_.used; }

    /// Room for up to `wanted` more bytes at the position. A full chunk goes only when more bytes follow it,
    /// since only then it is known whether its range goes on.
    Result<std::span<std::byte>> extend(std::uint64_t wanted) {
        if (chunk_.used == Chunk::size) TRY(flush(range_ + Chunk::size >= longest_range));
        const auto size = std::min<std::uint64_t>(wanted, Chunk::size - chunk_.used);
        const auto room = std::span(chunk_.buffer.get() + chunk_.used, size);
        chunk_.used += size;
        return room;
    }

    Result<> put_zeros(std::uint64_t count) {
        while (count > 0) {
            TRY_ASSIGN(const auto room, extend(count));
            std::ranges::fill(room, std::byte{0});
            count -= room.size();
        }
        return {};
    }

    /// Goes on to `offset`: over a hole where whole blocks lie between, with zeros otherwise.
    Result<> move_to(std::uint64_t offset) {
        const std::uint64_t hole = round_up(position(), map_block);
        const std::uint64_t block = offset / map_block * map_block;
        if (hole < block || chunk_.used == 0) {
            TRY(put_zeros(hole - position()));
            if (chunk_.used > 0) TRY(flush(true));
            chunk_.offset = block;
        }
        return put_zeros(offset - position());
    }

    Result<> flush(bool ends_range) {
        const std::uint64_t next = position();
        written_ += chunk_.used;
        range_ = ends_range ? 0 : range_ + chunk_.used;
        chunk_.ends_range = ends_range;
        TRY_ASSIGN(chunk_, pipeline_.exchange(std::move(chunk_)));
        chunk_.used = 0;
        chunk_.offset = next;
        return {};
    }

    ContentReader& reader_;
    ChunkPipeline pipeline_;
    Chunk chunk_;
    std::uint64_t range_ = 0;  ///< bytes of the current range that are written
    std::uint64_t written_ = 0;
};

/// About what the pieces take on disk, bytes.
std::uint64_t planned_bytes(const ImagePlan& plan) {
    std::uint64_t bytes = 0;
    for (const Piece& piece : plan.pieces)
        bytes += piece.size;
    return bytes;
}

Result<> check_disk_space(const std::filesystem::path& image, std::uint64_t needed) {
    const auto folder = image.has_parent_path() ? image.parent_path() : std::filesystem::path(".");
    std::error_code error;
    const auto space = std::filesystem::space(folder, error);
    if (error) {
        return fail(
            {.message = fmt::format("cannot write to {}", folder.string()), .causes = {error.message()}});
    }
    if (space.available >= needed) return {};
    return fail({.message = fmt::format("not enough space for {}", image.string()),
                 .causes = {fmt::format("it needs {}, {} are free in {}", format_size(needed),
                                        format_size(space.available), folder.string())}});
}

Result<ChunkPipeline::Hashes> write_pieces(const host::Host& host, const ImagePlan& plan,
                                           ContentReader& reader, OutputFile& file,
                                           const host::Progress& progress) {
    const std::uint64_t total = planned_bytes(plan);
    Assembler assembler(plan, reader, file);
    for (const Piece& piece : plan.pieces) {
        if (host.stop.stop_requested())
            return fail({.message = "interrupted", .kind = ErrorKind::interrupted});
        TRY(assembler.put(piece));
        if (progress) progress(std::min(assembler.written(), total), total);
    }
    TRY(reader.finish());
    return assembler.finish();
}

Result<std::vector<WrittenFile>> list_files(const ImageRequest& request, const ContentReader& reader) {
    static const std::string empty_hash = sha256("");
    std::vector<WrittenFile> files;
    for (const PartitionContent& content : request.contents) {
        if (content.tree == nullptr) continue;
        for (const auto& [path, entry] : content.tree->entries()) {
            if (entry.type != archive::FileType::regular) continue;
            const archive::Entry* owner =
                entry.hard_link.empty() ? &entry : content.tree->find(entry.hard_link);
            const auto hash = reader.hashes().find(owner);
            std::string digest = empty_hash;
            if (hash != reader.hashes().end()) {
                digest = hash->second;
            } else if (owner != nullptr && archive::content_size(*owner) > 0) {
                // Its file system was put together by another program.
                TRY_ASSIGN(const auto bytes, archive::read_content(*owner));
                digest = sha256(bytes);
            }
            files.push_back({.partition = content.partition.name,
                             .path = path,
                             .size = owner == nullptr ? 0 : archive::content_size(*owner),
                             .sha256 = std::move(digest)});
        }
    }
    std::ranges::stable_sort(files, {}, &WrittenFile::partition);
    return files;
}

}  // namespace

Result<WrittenImage> write_image(const host::Host& host, const ImageRequest& request, const ImageTypes& types,
                                 const std::filesystem::path& image, const host::Progress& progress) {
    const auto folder = std::filesystem::absolute(image).parent_path();
    TRY_ASSIGN(auto plan, plan_image(request, types, {.host = &host, .folder = folder}));
    ContentReader reader;
    TRY(reader.check(plan.pieces));
    TRY(check_disk_space(image, planned_bytes(plan)));

    TRY_ASSIGN(auto file, OutputFile::create(image, plan.size));
    TRY_ASSIGN(auto hashes, write_pieces(host, plan, reader, file, progress));

    // Between these steps there is an image without a map, which is slow to flash but right; never one with
    // the map of another.
    std::filesystem::path map = image;
    map += ".bmap";
    std::error_code error;
    std::filesystem::remove(map, error);
    if (error)
        return fail({.message = fmt::format("cannot replace {}", map.string()), .causes = {error.message()}});
    TRY(file.commit());
    TRY(host::write_file(map, hashes.map.text()));

    TRY_ASSIGN(auto files, list_files(request, reader));
    return WrittenImage{.size = plan.size,
                        .mapped = hashes.map.mapped_bytes(),
                        .sha256 = std::move(hashes.image),
                        .partitions = std::move(plan.partitions),
                        .files = std::move(files)};
}

Result<WrittenImage> write_image(const host::Host& host, const ImageRequest& request,
                                 const std::filesystem::path& image, const host::Progress& progress) {
    return write_image(host, request, built_in_types(), image, progress);
}

}  // namespace rpikit::image
