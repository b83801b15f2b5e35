#include "sdk/image/disk_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace rpikit::image {

Result<DiskFile> DiskFile::open(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return fail(
            {.message = fmt::format("cannot open {}", path.string()), .causes = {std::strerror(errno)}});
    }
    // A block device has no size in stat; its end can be sought to, as a file's can.
    const off_t end = ::lseek(descriptor, 0, SEEK_END);
    if (end < 0) {
        const int error = errno;
        ::close(descriptor);
        return fail({.message = fmt::format("cannot tell the size of {}", path.string()),
                     .causes = {std::strerror(error)}});
    }
    return DiskFile(descriptor, static_cast<std::uint64_t>(end), path);
}

DiskFile::DiskFile(DiskFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_), path_(std::move(other.path_)) {}

DiskFile& DiskFile::operator=(DiskFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    std::swap(path_, other.path_);
    return *this;
}

DiskFile::~DiskFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> DiskFile::check(std::uint64_t offset, std::uint64_t length) const {
    if (holds(offset, length)) return {};
    return fail({.message = fmt::format("{} ends at byte {}, {} bytes at {} lie outside", path_.string(),
                                        size_, length, offset)});
}

Result<> DiskFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
    TRY(check(offset, bytes.size()));
    while (!bytes.empty()) {
        const ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            return fail({.message = fmt::format("cannot read {} at byte {}", path_.string(), offset),
                         .causes = {got == 0 ? "it became shorter" : std::strerror(errno)}});
        }
        bytes = bytes.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<std::string> DiskFile::read(std::uint64_t offset, std::size_t length) const {
    TRY(check(offset, length));  // before the memory is asked for
    std::string bytes(length, '\0');
    TRY(read(offset, std::as_writable_bytes(std::span(bytes))));
    return bytes;
}

}  // namespace rpikit::image
