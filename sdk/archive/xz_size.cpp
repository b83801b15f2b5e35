#include <fcntl.h>
#include <fmt/format.h>
#include <lzma.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "sdk/archive/stream.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::archive {

namespace {

/// An index of a terabyte in blocks of 24 MiB takes less than 2 MiB.
constexpr std::uint64_t memory_limit = std::uint64_t{16} << 20;
constexpr std::size_t block_size = std::size_t{1} << 14;

/// liblzma's decoder of all indexes of a file; it says where it wants to read next.
struct InfoDecoder {
    InfoDecoder(std::uint64_t file_size) {
        state = lzma_file_info_decoder(&stream, &index, memory_limit, file_size);
    }
    InfoDecoder(const InfoDecoder&) = delete;
    InfoDecoder& operator=(const InfoDecoder&) = delete;
    ~InfoDecoder() {
        lzma_end(&stream);
        lzma_index_end(index, nullptr);
    }
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_index* index = nullptr;
    lzma_ret state = LZMA_OK;
};

}  // namespace

Result<std::optional<std::uint64_t>> xz_content_size(const std::filesystem::path& file) {
    const host::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!descriptor.valid() || ::fstat(descriptor.get(), &status) != 0) {
        return fail(host::file_error("cannot read", file, errno));
    }
    InfoDecoder decoder(static_cast<std::uint64_t>(status.st_size));
    std::vector<std::uint8_t> buffer(block_size);
    off_t position = 0;
    while (decoder.state == LZMA_OK || decoder.state == LZMA_SEEK_NEEDED) {
        if (decoder.state == LZMA_SEEK_NEEDED) {
            position = static_cast<off_t>(decoder.stream.seek_pos);
            decoder.stream.avail_in = 0;
        }
        if (decoder.stream.avail_in == 0) {
            const auto count = ::pread(descriptor.get(), buffer.data(), buffer.size(), position);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return fail(host::file_error("cannot read", file, errno));
            if (count == 0) break;
            position += count;
            decoder.stream.next_in = buffer.data();
            decoder.stream.avail_in = static_cast<std::size_t>(count);
        }
        decoder.state = lzma_code(&decoder.stream, LZMA_RUN);
    }
    if (decoder.state == LZMA_STREAM_END) return lzma_index_uncompressed_size(decoder.index);
    if (decoder.state == LZMA_MEMLIMIT_ERROR || decoder.state == LZMA_MEM_ERROR) return std::nullopt;
    return fail(
        {.message = fmt::format("{} is damaged, or not whole", file.string()),
         .causes = {"at its end there is not what ends an .xz file"},
         .hint = fmt::format("get it anew, then look at it: xz --test {}", shell_quote(file.string()))});
}

}  // namespace rpikit::archive
