#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "sdk/archive/stream.hpp"

namespace rpikit::archive {

namespace {

constexpr std::size_t block_size = std::size_t{1} << 18;

/// Threads are given up beyond this: a block of `xz -6` takes 24 MiB twice over, and the whole program is to
/// stay below 150 MB.
constexpr std::uint64_t memory_for_threads = std::uint64_t{80} << 20;

/// What one hostile header may claim as its dictionary; `xz -9` needs 65 MiB.
constexpr std::uint64_t memory_limit = std::uint64_t{128} << 20;

std::string describe(lzma_ret code) {
    switch (code) {
        case LZMA_BUF_ERROR:
            return "the compressed data is truncated";
        case LZMA_MEM_ERROR:
            return "out of memory";
        case LZMA_MEMLIMIT_ERROR:
            return "the compressed data wants more than 128 MiB of memory";
        case LZMA_FORMAT_ERROR:
        case LZMA_DATA_ERROR:
            return "the compressed data is damaged";
        default:
            return fmt::format("the compressed data cannot be read (liblzma error {})",
                               static_cast<int>(code));
    }
}

class XzStream {
  public:
    XzStream(ByteStream input, unsigned threads) : input_(std::move(input)), buffer_(block_size) {
        lzma_mt options{};
        options.flags = LZMA_CONCATENATED;
        options.threads = threads;
        options.memlimit_threading = memory_for_threads;
        options.memlimit_stop = memory_limit;
        state_ = lzma_stream_decoder_mt(&stream_, &options);
    }
    XzStream(const XzStream&) = delete;
    XzStream& operator=(const XzStream&) = delete;
    ~XzStream() { lzma_end(&stream_); }

    Result<std::span<const std::byte>> next() {
        stream_.next_out = reinterpret_cast<std::uint8_t*>(buffer_.data());
        stream_.avail_out = buffer_.size();
        while (state_ == LZMA_OK && stream_.avail_out > 0) {
            if (stream_.avail_in == 0 && !at_end_) {
                auto piece = input_();
                if (!piece) return std::unexpected(std::move(piece).error());
                at_end_ = piece->empty();
                stream_.next_in = reinterpret_cast<const std::uint8_t*>(piece->data());
                stream_.avail_in = piece->size();
            }
            state_ = lzma_code(&stream_, at_end_ ? LZMA_FINISH : LZMA_RUN);
        }
        if (state_ != LZMA_OK && state_ != LZMA_STREAM_END) return fail({.message = describe(state_)});
        return std::span(std::as_const(buffer_)).first(buffer_.size() - stream_.avail_out);
    }

  private:
    ByteStream input_;
    std::vector<std::byte> buffer_;
    lzma_stream stream_ = LZMA_STREAM_INIT;
    lzma_ret state_ = LZMA_OK;
    bool at_end_ = false;
};

}  // namespace

unsigned decoder_threads() {
    // More than four wait for the disk.
    return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

ByteStream xz_decoded(ByteStream input, unsigned threads) {
    return [stream = std::make_unique<XzStream>(std::move(input), threads)] { return stream->next(); };
}

}  // namespace rpikit::archive
