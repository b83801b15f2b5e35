#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "flasher/device/block_device.hpp"

namespace rpikit::test {

enum class DeviceOperation { write, read, flush, close };

enum class DeviceFaultKind {
    io_error,     ///< fails, and does nothing
    no_bytes,     ///< says that nothing was moved
    part,         ///< moves one unit and says so: no fault, the caller goes on
    vanish,       ///< fails, as does everything behind it
    lost,         ///< a write that says it was done, and was not
    half,         ///< a write that says it was done, of which only the first half was
    wrong_byte,   ///< one byte of a write is stored, or of a read given, as another one
    stuck_byte,   ///< the same, and that byte of the card stays so whatever is written
    wrong_place,  ///< a write that goes one unit behind its place, where there is room
};

struct DeviceFault {
    DeviceOperation operation = DeviceOperation::write;
    std::size_t nth = 0;  ///< counts from 0
    DeviceFaultKind kind = DeviceFaultKind::io_error;
};

/// A card in memory that fails on demand.
class FakeBlockDevice final : public device::BlockDevice {
  public:
    explicit FakeBlockDevice(std::size_t size, std::uint32_t alignment = 512)
        : size_(size), alignment_(alignment), memory_(size, std::byte{0xa5}) {}

    void add_fault(DeviceFault fault) { faults_.push_back(fault); }
    /// The card keeps only so many bytes; what goes behind them wraps around.
    void set_real_size(std::size_t bytes) { memory_.assign(bytes, std::byte{0xa5}); }

    const std::string& name() const override { return name_; }
    std::uint64_t size_bytes() const override { return size_; }
    std::uint32_t alignment() const override { return alignment_; }

    Result<std::size_t> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
        const std::scoped_lock lock(mutex_);
        TRY(check(offset, bytes));
        const auto kind = count(DeviceOperation::write);
        written += bytes.size();
        if (kind == DeviceFaultKind::io_error || kind == DeviceFaultKind::vanish) return failed("write");
        if (kind == DeviceFaultKind::no_bytes) return 0;
        if (kind == DeviceFaultKind::part) bytes = bytes.first(alignment_);
        const auto whole = bytes.size();
        if (kind == DeviceFaultKind::lost) return whole;
        if (kind == DeviceFaultKind::half) bytes = bytes.first(bytes.size() / 2);
        if (kind == DeviceFaultKind::wrong_place && offset + whole + alignment_ <= size_)
            offset += alignment_;
        store(offset, bytes);
        if (kind == DeviceFaultKind::wrong_byte) at(offset + whole / 2) ^= std::byte{1};
        if (kind == DeviceFaultKind::stuck_byte)
            stuck_ = {offset + whole / 2, at(offset + whole / 2) ^ std::byte{1}};
        apply_stuck();
        return whole;
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> bytes) override {
        const std::scoped_lock lock(mutex_);
        TRY(check(offset, bytes));
        const auto kind = count(DeviceOperation::read);
        if (kind == DeviceFaultKind::io_error || kind == DeviceFaultKind::vanish) return failed("read");
        if (kind == DeviceFaultKind::no_bytes) return 0;
        if (kind == DeviceFaultKind::part) bytes = bytes.first(alignment_);
        const auto middle = offset + bytes.size() / 2;
        if (kind == DeviceFaultKind::stuck_byte) stuck_ = {middle, at(middle) ^ std::byte{1}};
        apply_stuck();
        for (std::size_t i = 0; i < bytes.size(); i += alignment_)
            std::memcpy(bytes.data() + i, &at(offset + i), alignment_);
        if (kind == DeviceFaultKind::wrong_byte) bytes[bytes.size() / 2] ^= std::byte{1};
        return bytes.size();
    }
    Result<> flush() override {
        const std::scoped_lock lock(mutex_);
        if (closed_ || count(DeviceOperation::flush)) return fail(failed("flush").error());
        return {};
    }
    Result<> close() override {
        const std::scoped_lock lock(mutex_);
        const bool twice = std::exchange(closed_, true);
        if (count(DeviceOperation::close) || twice) return fail(failed("close").error());
        return {};
    }

    const std::vector<std::byte>& memory() const { return memory_; }
    std::vector<std::byte>& memory() { return memory_; }
    bool closed() const { return closed_; }
    bool has_failed() const { return has_failed_; }  ///< one of the faults has happened
    /// How often each operation was asked for.
    std::map<DeviceOperation, std::size_t> counts;
    std::uint64_t written = 0;

  private:
    std::byte& at(std::uint64_t offset) { return memory_[offset % memory_.size()]; }
    void store(std::uint64_t offset, std::span<const std::byte> bytes) {
        for (std::size_t i = 0; i < bytes.size(); i += alignment_)
            std::memcpy(&at(offset + i), bytes.data() + i,
                        std::min<std::size_t>(alignment_, bytes.size() - i));
    }
    void apply_stuck() {
        if (stuck_) at(stuck_->first) = stuck_->second;
    }
    std::optional<DeviceFaultKind> count(DeviceOperation operation) {
        const auto nth = counts[operation]++;
        if (vanished_) return DeviceFaultKind::vanish;
        for (const auto& fault : faults_) {
            if (fault.operation != operation || fault.nth != nth) continue;
            has_failed_ = true;
            vanished_ = fault.kind == DeviceFaultKind::vanish;
            return fault.kind;
        }
        return std::nullopt;
    }
    std::unexpected<Error> failed(const char* what) const {
        return fail({.message = fmt::format("{} of {} failed", what, name_),
                     .causes = {vanished_ ? "No such device" : "Input/output error"}});
    }
    /// What O_DIRECT refuses.
    Result<> check(std::uint64_t offset, std::span<const std::byte> bytes) const {
        const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
        if (closed_ || offset % alignment_ != 0 || bytes.size() % alignment_ != 0 ||
            address % alignment_ != 0 || bytes.empty() || offset + bytes.size() > size_) {
            return fail({.message = "Invalid argument"});
        }
        return {};
    }

    std::string name_ = "/dev/fake";
    std::size_t size_;
    std::uint32_t alignment_;
    std::vector<std::byte> memory_;
    std::vector<DeviceFault> faults_;
    std::optional<std::pair<std::uint64_t, std::byte>> stuck_;
    bool vanished_ = false;
    bool closed_ = false;
    bool has_failed_ = false;
    std::mutex mutex_;
};

}  // namespace rpikit::test
