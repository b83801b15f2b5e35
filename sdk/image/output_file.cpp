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

/// Direct and without a name where the file system can, the one or the other given up where it cannot.
bool OutputFile::open() {
    const auto folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
    for (const bool named : {false, true}) {
        for (const int direct : {O_DIRECT, 0}) {
            const int flags = O_RDWR | O_CLOEXEC | direct;
            descriptor_ = named ? ::open(temporary_.c_str(), flags | O_CREAT | O_EXCL, 0666)
                                : ::open(folder.c_str(), flags | O_TMPFILE, 0666);
            if (descriptor_ >= 0) {
                named_ = named;
                direct_ = direct != 0;
                return true;
            }
            if (named && direct != 0) ::unlink(temporary_.c_str());  // O_CREAT works before O_DIRECT fails
        }
    }
    return false;
}

Result<OutputFile> OutputFile::create(const std::filesystem::path& target, std::uint64_t size) {
    OutputFile file(target, host::temporary_sibling(target));
    ::unlink(file.temporary_.c_str());  // left by a killed process that had our number
    if (!file.open()) return file.failed("create");
    if (::ftruncate(file.descriptor_, static_cast<off_t>(size)) != 0) return file.failed("make room for");
    return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      direct_(other.direct_.load()),
      named_(std::exchange(other.named_, false)) {}

OutputFile::~OutputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (named_) ::unlink(temporary_.c_str());
}

Result<> OutputFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    const auto start = static_cast<off_t>(offset);
    const auto length = static_cast<off_t>(bytes.size());
    while (!bytes.empty()) {
        const bool direct = direct_;
        const ssize_t put = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && errno == EINVAL && direct) {  // the disk wants a coarser alignment
            direct_ = false;
            ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) & ~O_DIRECT);
            continue;
        }
        if (put < 0) return failed("write");
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    // Lets the disk begin while more is on its way. Only a hint: what fails here fails in commit again.
    if (!direct_) ::sync_file_range(descriptor_, start, length, SYNC_FILE_RANGE_WRITE);
    return {};
}

Result<> OutputFile::commit() {
    if (::fsync(descriptor_) != 0) return failed("flush");
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
