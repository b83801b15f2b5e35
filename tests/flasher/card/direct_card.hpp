#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "flasher/device/block_device.hpp"
#include "sdk/host/descriptor.hpp"

namespace rpikit::test {

/// A loop device on a file; the kernel lets it go with the object, or with the process.
class LoopCard {
  public:
    /// \returns null where the machine has no loop devices
    static std::unique_ptr<LoopCard> make(const std::filesystem::path& file, bool direct) {
        const host::Descriptor control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
        const host::Descriptor backing(::open(file.c_str(), O_RDWR | O_CLOEXEC));
        // Somebody else may take the free one first.
        for (int attempt = 0; attempt < 20 && control.valid() && backing.valid(); ++attempt) {
            const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
            auto card = std::unique_ptr<LoopCard>(new LoopCard(fmt::format("/dev/loop{}", number)));
            card->held_ = host::Descriptor(::open(card->node_.c_str(), O_RDWR | O_CLOEXEC));
            loop_config config{};
            config.fd = static_cast<__u32>(backing.get());
            config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (direct ? __u32{LO_FLAGS_DIRECT_IO} : 0U);
            if (card->held_.valid() && ::ioctl(card->held_.get(), LOOP_CONFIGURE, &config) == 0) return card;
        }
        return nullptr;
    }
    const std::string& node() const { return node_; }

  private:
    explicit LoopCard(std::string node) : node_(std::move(node)) {}
    std::string node_;
    host::Descriptor held_;
};

/// A block device without page cache.
class DirectCard final : public device::BlockDevice {
  public:
    explicit DirectCard(const std::string& node)
        : name_(node), file_(::open(node.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC)) {
        ::ioctl(file_.get(), BLKGETSIZE64, &size_);
    }
    const std::string& name() const override { return name_; }
    std::uint64_t size_bytes() const override { return size_; }
    std::uint32_t alignment() const override { return 512; }
    Result<std::size_t> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
        return checked(::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)));
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> bytes) override {
        return checked(::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)));
    }
    Result<> flush() override {
        TRY(checked(::fsync(file_.get())));
        return {};
    }
    Result<> close() override {
        TRY(checked(::close(file_.release())));
        return {};
    }

  private:
    Result<std::size_t> checked(ssize_t count) const {
        if (count >= 0) return static_cast<std::size_t>(count);
        return fail({.message = name_, .causes = {std::strerror(errno)}});
    }
    std::string name_;
    host::Descriptor file_;
    std::uint64_t size_ = 0;
};

}  // namespace rpikit::test
