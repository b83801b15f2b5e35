#include "sdk/image/ext4_hash.hpp"

#include <bit>
#include <cstddef>

namespace rpikit::image {

namespace {

using Words = std::array<std::uint32_t, 8>;

/// 32 characters of a name as eight words, filled up with its length.
Words name_words(std::string_view part) {
    const auto length = static_cast<std::uint32_t>(part.size());
    std::uint32_t fill = length | length << 8;
    fill |= fill << 16;
    Words words;
    for (std::size_t word = 0; word < words.size(); ++word) {
        std::uint32_t value = fill;
        for (std::size_t i = word * 4; i < word * 4 + 4 && i < part.size(); ++i)
            value = static_cast<std::uint8_t>(part[i]) + (value << 8);
        words.at(word) = value;
    }
    return words;
}

using State = std::array<std::uint32_t, 4>;
using Function = std::uint32_t (*)(std::uint32_t x, std::uint32_t y, std::uint32_t z);

std::uint32_t select(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    return z ^ (x & (y ^ z));
}
std::uint32_t majority(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    return (x & y) + ((x ^ y) & z);
}
std::uint32_t parity(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    return x ^ y ^ z;
}

/// Eight steps; each changes one word of the state, which then moves on.
void round(State& state, const Words& words, Function function, std::uint32_t constant,
           const std::array<std::size_t, 8>& order, const std::array<int, 4>& shifts) {
    auto& [a, b, c, d] = state;
    for (std::size_t step = 0; step < order.size(); ++step) {
        const std::uint32_t sum = a + function(b, c, d) + words.at(order.at(step)) + constant;
        const std::uint32_t turned = std::rotl(sum, shifts.at(step % 4));
        a = d;
        d = c;
        c = b;
        b = turned;
    }
}

void transform(State& state, const Words& words) {
    const State before = state;
    round(state, words, select, 0, {0, 1, 2, 3, 4, 5, 6, 7}, {3, 7, 11, 19});
    round(state, words, majority, 0x5a827999, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 5, 9, 13});
    round(state, words, parity, 0x6ed9eba1, {3, 7, 2, 6, 1, 5, 0, 4}, {3, 9, 11, 15});
    for (std::size_t i = 0; i < state.size(); ++i)
        state.at(i) += before.at(i);
}

}  // namespace

std::uint32_t ext4_name_hash(std::string_view name, const std::array<std::uint32_t, 4>& seed) {
    State state = seed;
    while (true) {
        transform(state, name_words(name));
        if (name.size() <= 32) break;
        name.remove_prefix(32);
    }
    constexpr std::uint32_t end_of_directory = 0xfffffffe;
    const std::uint32_t hash = state[1] & ~1U;  // the lowest bit says that a hash goes on in the next block
    return hash == end_of_directory ? end_of_directory - 2 : hash;
}

}  // namespace rpikit::image
