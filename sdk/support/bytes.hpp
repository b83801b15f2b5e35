#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>

namespace rpikit {

/// Reads an unsigned little-endian number at `offset`; the caller has checked that it is inside.
template <std::unsigned_integral T>
T load_le(std::span<const std::byte> bytes, std::size_t offset) {
    static_assert(std::endian::native == std::endian::little);
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

/// Writes an unsigned little-endian number at `offset`; the caller has checked that it is inside.
template <std::unsigned_integral T>
void store_le(std::span<std::byte> bytes, std::size_t offset, T value) {
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace rpikit
