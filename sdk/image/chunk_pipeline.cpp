#include "sdk/image/chunk_pipeline.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rpikit::image {

ChunkPipeline::ChunkPipeline(OutputFile& file, std::uint64_t image_size, std::uint64_t block_size)
    : file_(file),
      map_{.image_size = image_size, .block_size = block_size, .ranges = {}},
      hasher_([this] { hash_all(); }) {
    for (std::thread& writer : writers_)
        writer = std::thread([this] { write_all(); });
}

ChunkPipeline::~ChunkPipeline() {
    if (hasher_.joinable()) join();
}

void ChunkPipeline::push(Queue& queue, Chunk chunk) {
    const std::scoped_lock lock(mutex_);
    queue.chunks.push_back(std::move(chunk));
    changed_.notify_all();
}

void ChunkPipeline::end(Queue& queue) {
    const std::scoped_lock lock(mutex_);
    queue.ended = true;
    changed_.notify_all();
}

std::optional<Chunk> ChunkPipeline::pop(Queue& queue) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !queue.chunks.empty() || queue.ended; });
    if (queue.chunks.empty()) return std::nullopt;
    Chunk chunk = std::move(queue.chunks.front());
    queue.chunks.pop_front();
    return chunk;
}

Result<Chunk> ChunkPipeline::exchange(Chunk chunk) {
    {
        const std::scoped_lock lock(mutex_);
        if (failure_) return fail(*failure_);
    }
    push(to_hash_, std::move(chunk));
    if (chunks_ < in_flight) {
        ++chunks_;
        return Chunk{};
    }
    return std::move(*pop(spare_));  // the queue of spares never ends
}

void ChunkPipeline::join() {
    end(to_hash_);
    hasher_.join();
    for (std::thread& writer : writers_)
        writer.join();
}

Result<ChunkPipeline::Hashes> ChunkPipeline::finish() {
    join();
    if (failure_) return fail(*failure_);
    hash_hole(map_.image_size);
    return Hashes{.map = std::move(map_), .image = image_hash_.finish()};
}

void ChunkPipeline::hash_all() {
    while (auto chunk = pop(to_hash_)) {
        hash(*chunk);
        push(to_write_, std::move(*chunk));
    }
    end(to_write_);
}

void ChunkPipeline::write_all() {
    while (auto chunk = pop(to_write_)) {
        auto written = file_.write(chunk->offset, chunk->bytes());
        if (!written) {
            const std::scoped_lock lock(mutex_);
            failure_ = std::move(written).error();
        }
        push(spare_, std::move(*chunk));
    }
}

void ChunkPipeline::hash(const Chunk& chunk) {
    hash_hole(chunk.offset);
    if (!in_range_) range_start_ = chunk.offset;
    in_range_ = !chunk.ends_range;
    // Both hashes over one small part after the other, so that the second finds it in the nearest cache.
    constexpr std::size_t step = 16 << 10;
    for (std::span<const std::byte> rest = chunk.bytes(); !rest.empty();) {
        const auto part = rest.first(std::min(step, rest.size()));
        image_hash_.update(part);
        range_hash_.update(part);
        rest = rest.subspan(part.size());
    }
    position_ = chunk.offset + chunk.used;
    if (!chunk.ends_range) return;
    map_.ranges.push_back({.first = range_start_ / map_.block_size,
                           .last = (position_ - 1) / map_.block_size,
                           .checksum = range_hash_.finish()});
}

void ChunkPipeline::hash_hole(std::uint64_t end) {
    static constexpr std::array<std::byte, 16 << 10> zeros{};
    while (position_ < end) {
        const auto part = std::min<std::uint64_t>(zeros.size(), end - position_);
        image_hash_.update(std::span(zeros).first(part));
        position_ += part;
    }
}

}  // namespace rpikit::image
