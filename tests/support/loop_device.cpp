#include "tests/support/loop_device.hpp"

#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "sdk/host/descriptor.hpp"

namespace rpikit::test {

namespace {

constexpr const char* control_node = "/dev/loop-control";

[[noreturn]] void give_up(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

host::Descriptor open_or_throw(const std::filesystem::path& path, int flags) {
    host::Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC));
    if (!descriptor.valid()) give_up("cannot open " + path.string());
    return descriptor;
}

std::filesystem::path sparse(const std::filesystem::path& file, std::uint64_t size) {
    std::ofstream{file, std::ios::binary};
    std::filesystem::resize_file(file, size);
    return file;
}

/// \param operation BLKPG_ADD_PARTITION or BLKPG_DEL_PARTITION
int change_partition(int disk, int operation, blkpg_partition partition) {
    blkpg_ioctl_arg request{};
    request.op = operation;
    request.datalen = sizeof partition;
    request.data = &partition;
    return ::ioctl(disk, BLKPG, &request);
}

/// What an earlier owner left: partitions may outlive the file that was behind a device.
void drop_partitions(int disk) {
    constexpr int most = 16;
    for (int number = 1; number <= most; ++number) {
        blkpg_partition partition{};
        partition.pno = number;
        change_partition(disk, BLKPG_DEL_PARTITION, partition);
    }
}

}  // namespace

std::optional<std::string> LoopDevice::unavailable() {
    const host::Descriptor control(::open(control_node, O_RDWR | O_CLOEXEC));
    if (control.valid()) return std::nullopt;
    return std::string("no loop devices here: ") + control_node + ": " + std::strerror(errno);
}

LoopDevice::LoopDevice(const std::filesystem::path& file, const LoopOptions& options) : file_(file) {
    attach(options);
}

LoopDevice::LoopDevice(const std::filesystem::path& file, std::uint64_t size_bytes,
                       const LoopOptions& options)
    : LoopDevice(sparse(file, size_bytes), options) {}

void LoopDevice::attach(const LoopOptions& options) {
    const auto control = open_or_throw(control_node, O_RDWR);
    const auto backing = open_or_throw(file_, options.read_only ? O_RDONLY : O_RDWR);
    loop_config config{};
    config.fd = static_cast<__u32>(backing.get());
    config.block_size = options.sector_bytes;
    config.info.lo_flags = options.read_only ? LO_FLAGS_READ_ONLY : 0;
    constexpr int attempts = 50;  // others on the machine may take the free one first
    for (int i = 0; i < attempts; ++i) {
        const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
        if (number < 0) give_up("no free loop device");
        path_ = "/dev/loop" + std::to_string(number);
        const auto device = open_or_throw(path_, options.read_only ? O_RDONLY : O_RDWR);
        if (::ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) {
            struct stat status{};
            ::fstat(device.get(), &status);
            number_ = status.st_rdev;
            drop_partitions(device.get());
            return;
        }
        if (errno != EBUSY) give_up("cannot set up " + path_.string());
    }
    give_up("no loop device stays free");
}

std::filesystem::path LoopDevice::add_partition(int number, std::uint64_t start_bytes,
                                                std::uint64_t length_bytes) {
    blkpg_partition partition{};
    partition.start = static_cast<long long>(start_bytes);
    partition.length = static_cast<long long>(length_bytes);
    partition.pno = number;
    const auto disk = open_or_throw(path_, O_RDONLY);
    if (change_partition(disk.get(), BLKPG_ADD_PARTITION, partition) != 0) give_up("cannot add a partition");
    partitions_.push_back(number);
    return path_.string() + "p" + std::to_string(number);
}

LoopDevice::~LoopDevice() {
    const host::Descriptor disk(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!disk.valid()) return;
    for (const int number : partitions_) {
        blkpg_partition partition{};
        partition.pno = number;
        change_partition(disk.get(), BLKPG_DEL_PARTITION, partition);
    }
    // Somebody may look at it just now (udev does); then the kernel lets go when they have closed it.
    constexpr int attempts = 20;
    for (int i = 0; i < attempts && ::ioctl(disk.get(), LOOP_CLR_FD) != 0 && errno == EBUSY; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

}  // namespace rpikit::test
