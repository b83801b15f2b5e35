#include "sdk/archive/xz_writer.hpp"

#include <fmt/format.h>
#include <lzma.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace rpikit::archive {

namespace {

Result<> write_all(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail({.message = std::strerror(errno)});
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

}  // namespace

struct XzWriter::Encoder {
    Encoder() { state = lzma_easy_encoder(&stream, LZMA_PRESET_DEFAULT, LZMA_CHECK_CRC32); }
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;
    ~Encoder() { lzma_end(&stream); }
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret state = LZMA_OK;
    std::array<std::byte, std::size_t{1} << 16> buffer{};
};

XzWriter::XzWriter(int descriptor, Compression compression)
    : descriptor_(descriptor),
      encoder_(compression == Compression::xz ? std::make_unique<Encoder>() : nullptr) {}

XzWriter::~XzWriter() = default;

Result<> XzWriter::write(std::span<const std::byte> bytes) {
    return encoder_ ? encode(bytes, false) : write_all(descriptor_, bytes);
}

Result<> XzWriter::finish() {
    return encoder_ ? encode({}, true) : Result<>{};
}

Result<> XzWriter::encode(std::span<const std::byte> bytes, bool last) {
    auto& [stream, state, buffer] = *encoder_;
    stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    stream.avail_in = bytes.size();
    while (state == LZMA_OK && (stream.avail_in > 0 || last)) {
        stream.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
        stream.avail_out = buffer.size();
        state = lzma_code(&stream, last ? LZMA_FINISH : LZMA_RUN);
        TRY(write_all(descriptor_, std::span(buffer).first(buffer.size() - stream.avail_out)));
    }
    if (state == LZMA_OK || state == LZMA_STREAM_END) return {};
    return fail(
        {.message = fmt::format("xz compression failed (liblzma error {})", static_cast<int>(state))});
}

}  // namespace rpikit::archive
