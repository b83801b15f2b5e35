#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "flasher/card/image_source.hpp"

namespace rpikit::card {

/// Memory that O_DIRECT takes. In huge pages where there are some (madvise(2), MADV_HUGEPAGE): the kernel
/// looks at each page before it goes to the device, which with small ones takes a tenth of the time of a fast
/// one.
class AlignedBuffer {
    static constexpr std::size_t huge_page = std::size_t{2} << 20;
    static_assert(huge_page >= 2 * piece_bytes && huge_page % unit_bytes == 0);

  public:
    /// \param size bytes, a multiple of `huge_page`
    explicit AlignedBuffer(std::size_t size = huge_page)
        : memory_(static_cast<std::byte*>(std::aligned_alloc(huge_page, size))), size_(size) {
        if (!memory_) throw std::bad_alloc();
        ::madvise(memory_.get(), size, MADV_HUGEPAGE);
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
