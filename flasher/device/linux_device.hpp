#pragma once

#include <sys/types.h>

#include <memory>

#include "flasher/device/block_device.hpp"
#include "sdk/host/descriptor.hpp"

namespace rpikit::device {

/// A block device of the kernel's, open without page cache (O_DIRECT).
class LinuxBlockDevice final : public BlockDevice {
  public:
    /// Takes an open descriptor and asks the kernel about it. \param name for messages
    /// \returns an error when it is no block device, or not open with O_DIRECT
    static Result<std::unique_ptr<LinuxBlockDevice>> adopt(std::string name, host::Descriptor descriptor);

    const std::string& name() const override { return name_; }
    std::uint64_t size_bytes() const override { return size_bytes_; }
    std::uint32_t alignment() const override { return alignment_; }
    Result<std::size_t> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override;
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> bytes) override;
    Result<> flush() override;
    Result<> close() override;

    dev_t number() const { return number_; }
    bool kernel_says_read_only() const { return read_only_; }

  private:
    LinuxBlockDevice() = default;
    Error error(std::string_view what, int number) const;

    std::string name_;
    host::Descriptor descriptor_;
    dev_t number_ = 0;
    std::uint64_t size_bytes_ = 0;
    std::uint32_t alignment_ = 512;
    bool read_only_ = false;
};

/// Has the kernel look at a disk's partition table anew, when all was written and the disk is closed. Needs
/// root's rights; where udev runs it does so by itself. A device without partitions of the kernel's (a loop
/// device made without them) is no error.
/// \param node "/dev/sdb" \param number what the node must lead to
Result<> reread_partition_table(const std::string& node, dev_t number);

/// Whether the kernel still has a device of this number.
bool is_there(dev_t number);

}  // namespace rpikit::device
