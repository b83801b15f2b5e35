#include "flasher/device/linux_device.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>

namespace rpikit::device {

namespace {

constexpr int smallest_alignment = 512;

/// pread and pwrite take a signed offset.
bool outside(std::uint64_t offset, std::size_t count) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
    return offset > most || count > most - offset;
}

}  // namespace

Error LinuxBlockDevice::error(std::string_view what, int number) const {
    Error error{.message = fmt::format("cannot {} {}", what, name_), .causes = {std::strerror(number)}};
    if (number == ENODEV || number == ENXIO || number == ENOMEDIUM) {
        error.hint = "the device is gone: put the card in again and start anew";
    } else if (number == EIO || number == EREMOTEIO || number == ETIMEDOUT) {
        error.hint = "the card, its reader or the cable is failing: sudo dmesg | tail";
    }
    return error;
}

Result<std::unique_ptr<LinuxBlockDevice>> LinuxBlockDevice::adopt(std::string name,
                                                                  host::Descriptor descriptor) {
    std::unique_ptr<LinuxBlockDevice> device(new LinuxBlockDevice());
    device->name_ = std::move(name);
    device->descriptor_ = std::move(descriptor);
    const int number = device->descriptor_.get();
    struct stat status{};
    if (::fstat(number, &status) != 0) return fail(device->error("look at", errno));
    if (!S_ISBLK(status.st_mode)) {
        return fail({.message = fmt::format("{} is not a block device", device->name_)});
    }
    device->number_ = status.st_rdev;
    if ((::fcntl(number, F_GETFL) & O_DIRECT) == 0) {
        return fail({.message = fmt::format("{} is not open past the page cache", device->name_)});
    }
    int sector = 0;
    int read_only = 0;
    if (::ioctl(number, BLKGETSIZE64, &device->size_bytes_) != 0 ||
        ::ioctl(number, BLKSSZGET, &sector) != 0 || ::ioctl(number, BLKROGET, &read_only) != 0) {
        return fail(device->error("ask the size of", errno));
    }
    device->read_only_ = read_only != 0;
    device->alignment_ = static_cast<std::uint32_t>(std::max(sector, smallest_alignment));
    if (!std::has_single_bit(device->alignment_)) {
        return fail({.message = fmt::format("{} has sectors of {} bytes", device->name_, sector)});
    }
    return device;
}

Result<std::size_t> LinuxBlockDevice::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (outside(offset, bytes.size())) return fail(error("write to", EFBIG));
    while (true) {
        const auto count =
            ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count > 0 || (count == 0 && bytes.empty())) return static_cast<std::size_t>(count);
        if (count == 0) return fail(error(fmt::format("write at offset {} of", offset), ENOSPC));
        if (errno != EINTR) return fail(error(fmt::format("write at offset {} of", offset), errno));
    }
}

Result<std::size_t> LinuxBlockDevice::read_at(std::uint64_t offset, std::span<std::byte> bytes) {
    if (outside(offset, bytes.size())) return fail(error("read", EFBIG));
    while (true) {
        const auto count = ::pread(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) return fail(error(fmt::format("read at offset {} of", offset), errno));
    }
}

Result<> LinuxBlockDevice::flush() {
    // Not tried again after an error: the kernel tells each one once, and forgets the data that failed.
    if (::fsync(descriptor_.get()) != 0) return fail(error("flush", errno));
    // What others read before is out of the cache; only root may ask for it, and reading here does not need
    // it.
    if (::ioctl(descriptor_.get(), BLKFLSBUF, 0) != 0 && errno != EACCES && errno != EPERM) {
        return fail(error("flush", errno));
    }
    return {};
}

Result<> LinuxBlockDevice::close() {
    const int number = descriptor_.release();
    // Linux has let go of the descriptor whatever close says (close(2)).
    if (number >= 0 && ::close(number) != 0 && errno != EINTR) return fail(error("close", errno));
    return {};
}

bool is_there(dev_t number) {
    std::error_code ignored;
    return std::filesystem::exists(fmt::format("/sys/dev/block/{}:{}", major(number), minor(number)),
                                   ignored);
}

Result<> reread_partition_table(const std::string& node, dev_t number) {
    const host::Descriptor disk(::open(node.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    const bool is_it = disk.valid() && ::fstat(disk.get(), &status) == 0 && status.st_rdev == number;
    // EINVAL, ENOTTY: the device has no partitions of the kernel's.
    if (is_it && (::ioctl(disk.get(), BLKRRPART, 0) == 0 || errno == EINVAL || errno == ENOTTY)) return {};
    return fail({.message = fmt::format("the kernel did not read the new partitions of {}", node),
                 .causes = {std::strerror(disk.valid() && !is_it ? ENODEV : errno)},
                 .hint = "take the card out and put it in again"});
}

}  // namespace rpikit::device
