#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "sdk/archive/stream.hpp"
#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::card {

/// So many first bytes tell how an image is packed.
constexpr std::size_t magic_bytes = 8;

/// Whether a file that begins so has the image inside, compressed or in a zip.
bool is_packed(std::span<const std::byte> first);

/// An image's bytes as they shall be on the card.
struct ImageContent {
    archive::ByteStream stream;
    std::optional<std::uint64_t> size;  ///< of the content
    std::uint64_t least = 0;            ///< bytes that the content has at least
    /// How much of what it is packed in has been read, 0 to 1; empty: that is not known.
    std::function<double()> share_read = {};
    std::function<Result<archive::ByteStream>()> reopen = {};  ///< empty: it comes only once
    /// Whether bytes that are missing at the end would be noticed: by the size, or by the compression.
    bool end_is_sure = true;
};

/// Of a packed file, or what comes through a named pipe.
Result<ImageContent> file_content(const host::Host& host, const std::string& file);

/// Of what an address leads to, packed or not; never stored.
Result<ImageContent> download_content(const host::Host& host, const std::string& url);

/// Of what comes through a descriptor, packed or not. It stays open.
Result<ImageContent> input_content(const host::Host& host, int descriptor);

}  // namespace rpikit::card
