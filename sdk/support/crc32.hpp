#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rpikit {

/// CRC-32 of IEEE 802.3, as GPT headers carry it (UEFI 2.10, 5.3.2).
std::uint32_t crc32(std::span<const std::byte> bytes);

/// CRC-32C (Castagnoli) as ext4 uses it: continued from `seed`, without a final inversion.
std::uint32_t crc32c(std::uint32_t seed, std::span<const std::byte> bytes);

}  // namespace rpikit
