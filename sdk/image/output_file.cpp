#include "sdk/image/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "sdk/host/file.hpp"

namespace rpikit::image {

std::unexpected<Error> OutputFile::failed(const char* what) const {
    return fail(
        {.message = fmt::format("cannot {} {}", what, target_.string()), .causes = {std::strerror(errno)}});
}

/// Without a name where the file system can do that.
bool OutputFile::open() {
    const auto folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
    descriptor_ = ::open(folder.c_str(), O_RDWR | O_CLOEXEC | O_TMPFILE, 0666);
    if (descriptor_ >= 0) return true;
    descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0666);
    named_ = descriptor_ >= 0;
    return named_;
}

Result<OutputFile> OutputFile::create(const std::filesystem::path& target, std::uint64_t size) {
    OutputFile file(target, host::temporary_sibling(target));
    if (!file.open()) return file.failed("create");
    if (::ftruncate(file.descriptor_, static_cast<off_t>(size)) != 0) return file.failed("make room for");
    return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      named_(std::exchange(other.named_, false)) {}

OutputFile::~OutputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (named_) ::unlink(temporary_.c_str());
}

Result<> OutputFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return failed("write");
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return {};
}

Result<> OutputFile::commit() {
    if (!named_) {
        const std::string self = fmt::format("/proc/self/fd/{}", descriptor_);
        if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
            return failed("name");
        }
        named_ = true;
    }
    TRY(host::rename_path(temporary_, target_));
    named_ = false;
    if (::close(std::exchange(descriptor_, -1)) != 0) return failed("close");
    return {};
}

}  // namespace rpikit::image
