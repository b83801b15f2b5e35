#include "sdk/image/hash_thread.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rpikit::image {

HashThread::HashThread(std::uint64_t image_size, std::uint64_t block_size)
    : map_{.image_size = image_size, .block_size = block_size, .ranges = {}}, thread_([this] { run(); }) {}

HashThread::~HashThread() {
    if (thread_.joinable()) join();
}

Chunk HashThread::exchange(Chunk chunk) {
    std::unique_lock lock(mutex_);
    filled_.push_back(std::move(chunk));
    changed_.notify_all();
    if (chunks_ < in_flight) {
        ++chunks_;
        return {};
    }
    changed_.wait(lock, [&] { return !spare_.empty(); });
    Chunk empty = std::move(spare_.back());
    spare_.pop_back();
    return empty;
}

void HashThread::join() {
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

HashThread::Hashes HashThread::finish() {
    join();
    hash_hole(map_.image_size);
    return {.map = std::move(map_), .image = image_hash_.finish()};
}

void HashThread::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return !filled_.empty() || ended_; });
        if (filled_.empty()) return;
        Chunk chunk = std::move(filled_.front());
        filled_.pop_front();
        lock.unlock();
        hash(chunk);
        lock.lock();
        spare_.push_back(std::move(chunk));
        changed_.notify_all();
    }
}

void HashThread::hash(const Chunk& chunk) {
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
                           .sha256 = range_hash_.finish()});
}

void HashThread::hash_hole(std::uint64_t end) {
    static constexpr std::array<std::byte, 16 << 10> zeros{};
    while (position_ < end) {
        const auto part = std::min<std::uint64_t>(zeros.size(), end - position_);
        image_hash_.update(std::span(zeros).first(part));
        position_ += part;
    }
}

}  // namespace rpikit::image
