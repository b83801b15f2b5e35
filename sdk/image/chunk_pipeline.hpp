#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "sdk/archive/block_map.hpp"
#include "sdk/image/output_file.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::image {

/// A stretch of mapped bytes on its way into the image.
struct Chunk {
    static constexpr std::size_t size = 1 << 20;  ///< bytes of a buffer

    std::unique_ptr<std::byte[]> buffer = std::make_unique_for_overwrite<std::byte[]>(size);
    std::uint64_t offset = 0;
    std::size_t used = 0;     ///< bytes of the buffer that count
    bool ends_range = false;  ///< the block map's range ends with it

    std::span<const std::byte> bytes() const { return {buffer.get(), used}; }
};

/// Hashes chunks on a thread of its own while the caller reads the next ones: every mapped range for the
/// block map, and the whole image with its holes as zeros. Then writes them, on threads of their own too:
/// filling the page cache takes almost as long as hashing. Chunks come in ascending order; a few are in
/// flight, so memory stays bounded.
class ChunkPipeline {
  public:
    /// \param file outlives the pipeline and is its own until finish
    ChunkPipeline(OutputFile& file, std::uint64_t image_size, std::uint64_t block_size);
    ~ChunkPipeline();
    ChunkPipeline(const ChunkPipeline&) = delete;
    ChunkPipeline& operator=(const ChunkPipeline&) = delete;

    /// Takes a filled chunk and gives an empty one back; waits while too many are in flight. The error is
    /// that of an earlier write.
    Result<Chunk> exchange(Chunk chunk);

    struct Hashes {
        archive::BlockMap map;
        std::string image;  ///< of all bytes
    };
    /// After the last chunk: waits until all is written.
    Result<Hashes> finish();

  private:
    /// What waits for a thread.
    struct Queue {
        std::deque<Chunk> chunks;
        bool ended = false;
    };
    void push(Queue& queue, Chunk chunk);
    void end(Queue& queue);
    std::optional<Chunk> pop(Queue& queue);  ///< nothing at its end
    void join();

    void hash_all();
    void write_all();
    void hash(const Chunk& chunk);
    void hash_hole(std::uint64_t end);

    static constexpr std::size_t in_flight = 16;

    std::mutex mutex_;
    std::condition_variable changed_;
    Queue to_hash_;
    Queue to_write_;
    Queue spare_;
    std::optional<Error> failure_;
    std::size_t chunks_ = 0;
    OutputFile& file_;

    // The hashing thread's own until it has been joined.
    Sha256 image_hash_;
    Sha256 range_hash_;
    std::uint64_t position_ = 0;
    std::uint64_t range_start_ = 0;
    bool in_range_ = false;
    archive::BlockMap map_;

    std::thread hasher_;
    std::array<std::thread, 2> writers_;
};

}  // namespace rpikit::image
