#pragma once

#include "sdk/archive/inflate.hpp"

namespace rpikit::archive {

/// One stream of liblzma's formats, and how long it is. \param xz .xz, otherwise the older .lzma
Result<Inflated> lzma_inflate(std::string_view bytes, bool xz, std::uint64_t limit);

/// The error of a decompression bomb.
std::unexpected<Error> unpacks_too_much(std::uint64_t limit);

}  // namespace rpikit::archive
