#include <zlib.h>

#include <memory>
#include <utility>
#include <vector>

#include "sdk/archive/stream.hpp"

namespace rpikit::archive {

namespace {

constexpr std::size_t block_size = std::size_t{1} << 18;

/// RFC 1952: 15 is the largest window, 16 asks zlib for gzip's header, checksum and size.
constexpr int gzip_window = 15 + 16;

class GzipStream {
  public:
    explicit GzipStream(ByteStream input) : input_(std::move(input)), buffer_(block_size) {
        state_ = inflateInit2(&stream_, gzip_window);
    }
    GzipStream(const GzipStream&) = delete;
    GzipStream& operator=(const GzipStream&) = delete;
    ~GzipStream() { inflateEnd(&stream_); }

    Result<std::span<const std::byte>> next() {
        stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
        stream_.avail_out = static_cast<uInt>(buffer_.size());
        while (!ended_ && stream_.avail_out > 0) {
            TRY(step());
        }
        return std::span(std::as_const(buffer_)).first(buffer_.size() - stream_.avail_out);
    }

  private:
    Result<> step() {
        if (stream_.avail_in == 0) TRY(refill());
        if (state_ == Z_STREAM_END) return next_member();
        if (stream_.avail_in == 0) return fail({.message = "the compressed data is truncated"});
        state_ = inflate(&stream_, Z_NO_FLUSH);
        if (state_ == Z_OK || state_ == Z_STREAM_END) return {};
        return fail({.message = "the compressed data is damaged"});
    }
    /// gzip's own rule: members follow each other, zeros behind the last are padding.
    Result<> next_member() {
        while (stream_.avail_in > 0 && *stream_.next_in == 0) {
            ++stream_.next_in;
            --stream_.avail_in;
            padded_ = true;
        }
        if (stream_.avail_in == 0) {
            ended_ = input_ended_;
            return {};
        }
        if (padded_) return fail({.message = "the compressed data is followed by something else"});
        state_ = inflateReset(&stream_);
        return {};
    }
    Result<> refill() {
        TRY_ASSIGN(const auto piece, input_());
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(piece.data()));
        stream_.avail_in = static_cast<uInt>(piece.size());
        input_ended_ = piece.empty();
        return {};
    }

    ByteStream input_;
    std::vector<std::byte> buffer_;
    z_stream stream_{};
    int state_ = Z_OK;
    bool input_ended_ = false;
    bool padded_ = false;
    bool ended_ = false;
};

}  // namespace

ByteStream gzip_decoded(ByteStream input) {
    return [stream = std::make_unique<GzipStream>(std::move(input))] { return stream->next(); };
}

}  // namespace rpikit::archive
