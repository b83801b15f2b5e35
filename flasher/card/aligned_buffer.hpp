#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "flasher/card/image_source.hpp"

namespace rpikit::card {

/// Memory that O_DIRECT takes: it starts at a multiple of `unit_bytes`.
class AlignedBuffer {
  public:
    /// \param size bytes, a multiple of `unit_bytes`
    explicit AlignedBuffer(std::size_t size = piece_bytes)
        : memory_(static_cast<std::byte*>(std::aligned_alloc(unit_bytes, size))), size_(size) {
        if (!memory_) throw std::bad_alloc();
    }
    std::span<std::byte> bytes() { return {memory_.get(), size_}; }
    std::span<const std::byte> bytes() const { return {memory_.get(), size_}; }

  private:
    struct Free {
        void operator()(std::byte* memory) const { std::free(memory); }
    };
    std::unique_ptr<std::byte, Free> memory_;
    std::size_t size_;
};

/// `value` up to the next multiple of `unit`, a power of two.
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
    return (value + unit - 1) & ~(unit - 1);
}

}  // namespace rpikit::card
