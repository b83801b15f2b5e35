#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "sdk/image/block_map.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::image {

/// A stretch of mapped bytes on its way into the image.
struct Chunk {
    std::uint64_t offset = 0;
    std::vector<std::byte> buffer;
    std::size_t used = 0;     ///< bytes of the buffer that count
    bool ends_range = false;  ///< the block map's range ends with it

    std::span<const std::byte> bytes() const { return std::span(buffer).first(used); }
};

/// Hashes the image as it is written, on a second core: each mapped range for the block map, and the whole
/// with its holes as zeros. Chunks come in ascending order; a few are in flight, so memory stays bounded.
class HashThread {
  public:
    HashThread(std::uint64_t image_size, std::uint64_t block_size);
    ~HashThread();
    HashThread(const HashThread&) = delete;
    HashThread& operator=(const HashThread&) = delete;

    /// Takes a filled chunk and gives an empty one back; waits while too many are in flight.
    Chunk exchange(Chunk chunk);

    struct Hashes {
        BlockMap map;
        std::string image;  ///< of all bytes
    };
    /// After the last chunk.
    Hashes finish();

  private:
    void join();
    void run();
    void hash(const Chunk& chunk);
    void hash_hole(std::uint64_t end);

    static constexpr std::size_t in_flight = 8;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Chunk> filled_;
    std::vector<Chunk> spare_;
    std::size_t chunks_ = 0;
    bool ended_ = false;

    // The thread's own until it has been joined.
    Sha256 image_hash_;
    Sha256 range_hash_;
    std::uint64_t position_ = 0;
    std::uint64_t range_start_ = 0;
    bool in_range_ = false;
    BlockMap map_;

    std::thread thread_;
};

}  // namespace rpikit::image
