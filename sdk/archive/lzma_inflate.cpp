#include "sdk/archive/lzma_inflate.hpp"

#include <lzma.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace rpikit::archive {

namespace {

/// Of dictionary; what the largest that xz makes (-9, 64 MiB) needs, and as much again.
constexpr std::uint64_t memory_limit = std::uint64_t{128} << 20;
constexpr std::size_t block_size = std::size_t{1} << 18;

struct End {
    void operator()(lzma_stream* stream) const { lzma_end(stream); }
};

}  // namespace

Result<Inflated> lzma_inflate(std::string_view bytes, bool xz, std::uint64_t limit) {
    lzma_stream stream = LZMA_STREAM_INIT;
    const std::unique_ptr<lzma_stream, End> guard(&stream);
    auto state =
        xz ? lzma_stream_decoder(&stream, memory_limit, 0) : lzma_alone_decoder(&stream, memory_limit);
    stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    stream.avail_in = bytes.size();
    std::vector<std::uint8_t> buffer(block_size);
    Inflated inflated;
    while (state == LZMA_OK) {
        stream.next_out = buffer.data();
        stream.avail_out = buffer.size();
        state = lzma_code(&stream, LZMA_FINISH);
        const auto count = buffer.size() - stream.avail_out;
        if (count > limit - inflated.content.size()) return unpacks_too_much(limit);
        inflated.content.append(reinterpret_cast<const char*>(buffer.data()), count);
    }
    inflated.consumed = stream.total_in;
    if (state == LZMA_MEMLIMIT_ERROR || state == LZMA_MEM_ERROR) {
        inflated.damage = {.message = "the compressed data wants more than 128 MiB of memory"};
    } else if (state != LZMA_STREAM_END) {
        inflated.damage = {.message = state == LZMA_BUF_ERROR ? "the compressed data is truncated"
                                                              : "the compressed data is damaged"};
    }
    return inflated;
}

}  // namespace rpikit::archive
