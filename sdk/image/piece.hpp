#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "sdk/archive/file_tree.hpp"

namespace rpikit::image {

/// Bytes that must read as zero: mapped and written, unlike a hole.
struct Zeros {};

/// Part of a regular file's content, read when its turn comes to be written.
struct ContentPart {
    const archive::Entry* entry = nullptr;
    const std::string* path = nullptr;  ///< in its tree, for messages
    std::uint64_t offset = 0;           ///< in the content, bytes
};

/// A run of bytes at its place. What no piece covers is a hole: its content does not matter.
struct Piece {
    std::uint64_t offset = 0;  ///< bytes, from the start of the partition or image it was planned for
    std::uint64_t size = 0;
    std::variant<Zeros, std::string, ContentPart> source = {};
    std::shared_ptr<const void> keep = {};  ///< what `source` refers to, when nobody else holds it
};

inline Piece bytes_piece(std::uint64_t offset, std::string bytes) {
    const std::uint64_t size = bytes.size();
    return {.offset = offset, .size = size, .source = std::move(bytes)};
}

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

constexpr std::uint64_t divide_up(std::uint64_t value, std::uint64_t divisor) {
    return (value + divisor - 1) / divisor;
}

}  // namespace rpikit::image
