#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "sdk/archive/stream.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::archive {

namespace {

constexpr std::size_t block_size = std::size_t{1} << 18;

class FileStream {
  public:
    FileStream(host::Descriptor descriptor, std::uint64_t total, std::stop_token stop,
               host::Progress progress)
        : descriptor_(std::move(descriptor)),
          total_(total),
          stop_(std::move(stop)),
          progress_(std::move(progress)),
          buffer_(block_size) {}

    Result<std::span<const std::byte>> next() {
        if (stop_.stop_requested()) return fail({.message = "interrupted", .kind = ErrorKind::interrupted});
        ssize_t count = 0;
        do {
            count = read(descriptor_.get(), buffer_.data(), buffer_.size());
        } while (count < 0 && errno == EINTR);
        if (count < 0) return fail({.message = fmt::format("read failed: {}", std::strerror(errno))});
        done_ += static_cast<std::uint64_t>(count);
        if (progress_) progress_(done_, total_);
        return std::span(buffer_).first(static_cast<std::size_t>(count));
    }

  private:
    host::Descriptor descriptor_;
    std::uint64_t total_;
    std::uint64_t done_ = 0;
    std::stop_token stop_;
    host::Progress progress_;
    std::vector<std::byte> buffer_;
};

}  // namespace

Result<ByteStream> open_file_stream(const std::filesystem::path& file, std::stop_token stop,
                                    host::Progress progress) {
    host::Descriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!descriptor.valid() || fstat(descriptor.get(), &status) != 0) {
        return fail(host::file_error("cannot open", file, errno));
    }
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
        return fail({.message = fmt::format("{} is no file", file.string())});
    }
    auto stream =
        std::make_unique<FileStream>(std::move(descriptor), static_cast<std::uint64_t>(status.st_size),
                                     std::move(stop), std::move(progress));
    return [stream = std::move(stream)] { return stream->next(); };
}

}  // namespace rpikit::archive
