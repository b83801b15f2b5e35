#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "sdk/support/result.hpp"

namespace rpikit::device {

/// The seam for a disk that is written or read: a card in the program, a fake that fails on demand in tests.
/// Offsets, lengths and the memory's address are multiples of `alignment()`, as O_DIRECT wants them; the last
/// piece before the device's end is no exception, for a disk ends on a sector.
class BlockDevice {
  public:
    virtual ~BlockDevice() = default;

    virtual const std::string& name() const = 0;   ///< "/dev/sdb", for messages
    virtual std::uint64_t size_bytes() const = 0;  ///< what the device says; a fake card lies
    virtual std::uint32_t alignment() const = 0;   ///< bytes, a power of two, at least 512

    /// \returns bytes written, at least one; fewer than given is no error, the caller goes on behind them
    virtual Result<std::size_t> write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
    /// \returns bytes read, never from the page cache; 0 at the device's end
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> bytes) = 0;
    /// All that was written is on the medium, as far as the device tells.
    virtual Result<> flush() = 0;
    /// Closes it; a late error is one of these. Nothing may be called behind it.
    virtual Result<> close() = 0;
};

/// Writes all of `bytes`, in as many calls as the device wants.
Result<> write_whole(BlockDevice& device, std::uint64_t offset, std::span<const std::byte> bytes);

/// Fills `bytes`; a device that ends before is an error.
Result<> read_whole(BlockDevice& device, std::uint64_t offset, std::span<std::byte> bytes);

}  // namespace rpikit::device
