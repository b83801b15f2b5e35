#include "sdk/support/crc32.hpp"

#include <array>

namespace rpikit {

namespace {

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

/// Tables for eight bytes at a time; `polynomial` with its bits reversed.
constexpr Table make_table(std::uint32_t polynomial) {
    Table table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
        table[0][byte] = value;
    }
    for (std::size_t slice = 1; slice < table.size(); ++slice) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = table[slice - 1][byte];
            table[slice][byte] = (before >> 8) ^ table[0][before & 0xff];
        }
    }
    return table;
}

constexpr Table ieee = make_table(0xedb88320);
constexpr Table castagnoli = make_table(0x82f63b78);

std::uint32_t update(const Table& table, std::uint32_t crc, std::span<const std::byte> bytes) {
    const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
    while (bytes.size() >= 8) {
        const std::uint32_t low = crc ^ (at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24);
        crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^
              table[4][low >> 24] ^ table[3][at(4)] ^ table[2][at(5)] ^ table[1][at(6)] ^ table[0][at(7)];
        bytes = bytes.subspan(8);
    }
    for (const std::byte byte : bytes)
        crc = (crc >> 8) ^ table[0][(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
    return crc;
}

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes) {
    return ~update(ieee, ~std::uint32_t{0}, bytes);
}

std::uint32_t crc32c(std::uint32_t seed, std::span<const std::byte> bytes) {
    return update(castagnoli, seed, bytes);
}

}  // namespace rpikit
