#include "flasher/card/image_content.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/archive/compressed_extent.hpp"
#include "sdk/archive/inflate.hpp"
#include "sdk/archive/zip.hpp"
#include "sdk/host/download_stream.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::card {

using archive::ByteStream;

namespace {

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A local file header (APPNOTE.TXT 6.3, 4.3.7).
bool is_zip(std::span<const std::byte> first) {
    return as_text(first).starts_with("PK\x03\x04");
}

/// What images are called; a zip may hold words about them, too.
bool is_image_name(const std::string& path) {
    constexpr std::array endings{".img", ".wic", ".raw", ".iso", ".bin", ".sdimg", ".rpi-sdimg", ".image"};
    return !path.starts_with("__MACOSX/") &&
           std::ranges::any_of(endings, [&](const char* ending) { return path.ends_with(ending); });
}

/// Counts what passes; `done` is for whoever asks how far the reading is, in the same thread.
ByteStream counted(ByteStream input, std::shared_ptr<std::uint64_t> done) {
    return
        [input = std::move(input), done = std::move(done)]() mutable -> Result<std::span<const std::byte>> {
            auto piece = input();
            if (piece) *done += piece->size();
            return piece;
        };
}

/// The image in a stream that may be packed.
Result<ImageContent> unpacked(ByteStream input, std::optional<std::uint64_t> packed_size) {
    const auto read = std::make_shared<std::uint64_t>(0);
    auto whole = archive::with_first_piece(counted(std::move(input), read),
                                           std::max(magic_bytes, archive::zstd_header_bytes));
    TRY_ASSIGN(auto first, whole());
    if (first.empty()) return fail({.message = "the image is empty: nothing came"});
    const bool zip = is_zip(first);
    const bool packed = is_packed(first);
    const std::string start(as_text(first).substr(0, archive::zstd_header_bytes));
    ByteStream stream = [first, rest = std::move(whole)]() mutable -> Result<std::span<const std::byte>> {
        if (!first.empty()) return std::exchange(first, {});
        return rest();
    };
    if (zip) {
        TRY_ASSIGN(auto file, archive::open_zip_file(std::move(stream), is_image_name));
        return ImageContent{.stream = std::move(file.content), .size = file.size};
    }
    if (!packed) {
        return ImageContent{
            .stream = std::move(stream), .size = packed_size, .end_is_sure = packed_size.has_value()};
    }
    ImageContent content{.stream = archive::decompressed(std::move(stream), archive::decoder_threads()),
                         .size = {},
                         .least = archive::zstd_content_size(start).value_or(0)};
    if (packed_size) {
        content.share_read = [read, all = static_cast<double>(*packed_size)] {
            return static_cast<double>(*read) / all;
        };
    }
    return content;
}

/// Reads a zip's contents through, so that a second image is found before anything is written.
Result<> check_zip(const host::Host& host, const std::string& file) {
    TRY_ASSIGN(auto stream, archive::open_file_stream(file, host.stop, {}));
    const auto images = archive::count_zip_files(std::move(stream), is_image_name);
    if (!images) {
        if (images.error().kind == ErrorKind::interrupted) return fail(images.error());
        auto error = with_context(images.error(), fmt::format("{} is damaged, or not whole", file));
        error.hint = fmt::format("get it anew, then look at it: unzip -t {}", shell_quote(file));
        return fail(std::move(error));
    }
    if (*images == 1) return {};
    return fail({.message = file + (*images == 0 ? " holds no image" : " holds more than one image"),
                 .hint = "unpack it, and name the image: unzip -l " + shell_quote(file)});
}

/// Waits for bytes, and looks at the stop token while there are none.
Result<std::span<const std::byte>> read_input(int descriptor, const std::stop_token& stop,
                                              std::vector<std::byte>& buffer) {
    constexpr int patience = 200;  // milliseconds
    while (true) {
        if (stop.stop_requested()) return fail({.message = "interrupted", .kind = ErrorKind::interrupted});
        pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, patience) <= 0) continue;
        const auto count = ::read(descriptor, buffer.data(), buffer.size());
        if (count >= 0) return std::span(buffer).first(static_cast<std::size_t>(count));
        if (errno != EINTR && errno != EAGAIN) {
            return fail({.message = "read failed", .causes = {std::strerror(errno)}});
        }
    }
}

}  // namespace

bool is_packed(std::span<const std::byte> first) {
    if (is_zip(first)) return true;
    const auto packing = archive::packing_of(as_text(first));
    using enum archive::Packing;
    return packing == gzip || packing == bzip2 || packing == xz || packing == lz4 || packing == zstd;
}

Result<ImageContent> file_content(const host::Host& host, const std::string& file) {
    std::error_code failed;
    const bool regular = std::filesystem::is_regular_file(file, failed);
    std::optional<std::uint64_t> size;
    if (const auto bytes = std::filesystem::file_size(file, failed); regular && !failed) size = bytes;
    auto open = [&host, file, size]() -> Result<ImageContent> {
        TRY_ASSIGN(auto stream, archive::open_file_stream(file, host.stop, {}));
        return unpacked(std::move(stream), size);
    };
    if (!regular) return open();
    TRY_ASSIGN(auto stream, archive::open_file_stream(file, host.stop, {}));
    TRY_ASSIGN(const auto first, stream());
    if (is_zip(first)) TRY(check_zip(host, file));
    TRY_ASSIGN(auto content, open());
    if (archive::packing_of(as_text(first)) == archive::Packing::xz) {
        TRY_ASSIGN(content.size, archive::xz_content_size(file));
    }
    content.reopen = [open]() -> Result<ByteStream> {
        TRY_ASSIGN(auto again, open());
        return std::move(again.stream);
    };
    return content;
}

Result<ImageContent> download_content(const host::Host& host, const std::string& url) {
    TRY_ASSIGN(auto download, host::DownloadStream::open(host, url));
    const auto size = download.size_bytes();
    auto shared = std::make_unique<host::DownloadStream>(std::move(download));
    return unpacked([shared = std::move(shared)] { return shared->next(); }, size);
}

Result<ImageContent> input_content(const host::Host& host, int descriptor) {
    constexpr std::size_t block_size = std::size_t{1} << 18;
    // A file that is redirected to it has a size, of which some may have been read.
    std::optional<std::uint64_t> size;
    struct stat status{};
    const auto at = ::lseek(descriptor, 0, SEEK_CUR);
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && at >= 0 && at < status.st_size)
        size = static_cast<std::uint64_t>(status.st_size - at);
    return unpacked(
        [stop = host.stop, descriptor, buffer = std::vector<std::byte>(block_size)]() mutable {
            return read_input(descriptor, stop, buffer);
        },
        size);
}

}  // namespace rpikit::card
