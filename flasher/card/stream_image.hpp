#pragma once

#include <functional>
#include <optional>
#include <string>

#include "flasher/card/image_source.hpp"
#include "flasher/card/piece_walk.hpp"
#include "sdk/archive/stream.hpp"

namespace rpikit::card {

/// What a stream image is made of.
struct StreamParts {
    std::string name;
    archive::ByteStream content;
    std::optional<std::uint64_t> size;     ///< bytes of the content; another number is an error at its end
    std::optional<archive::BlockMap> map;  ///< then its size is `size`
    std::uint64_t least = 0;               ///< bytes of the content at least, where `size` is not known
    /// How much of what the content is packed in has been read, 0 to 1; empty: that is not known.
    std::function<double()> share_read = {};
    /// The content from its start once more; empty: it comes only once.
    std::function<Result<archive::ByteStream>()> reopen = {};
};

/// An image that comes as a stream of bytes: unpacked, or downloaded, or both.
class StreamImage final : public ImageSource {
  public:
    /// \param pieces what is wanted of it; nothing: what the map says, or all
    explicit StreamImage(StreamParts parts, std::optional<std::vector<Extent>> pieces = {});

    const std::string& name() const override { return parts_.name; }
    std::optional<std::uint64_t> size_bytes() const override { return parts_.size; }
    std::optional<std::uint64_t> mapped_bytes() const override;
    std::uint64_t least_bytes() const override { return parts_.size.value_or(parts_.least); }
    std::optional<std::uint64_t> expected_bytes() const override;
    const archive::BlockMap* block_map() const override { return parts_.map ? &*parts_.map : nullptr; }
    Result<std::optional<Extent>> next(std::span<std::byte> buffer) override;
    Result<std::unique_ptr<ImageSource>> again(std::vector<Extent> pieces) const override;

  private:
    /// Moves up to so many bytes to `target`, fewer only at the end; null: they are passed over.
    Result<std::uint64_t> pull(std::uint64_t count, std::byte* target);
    Result<std::optional<Extent>> next_wanted(std::span<std::byte> buffer);
    Result<std::optional<Extent>> next_of_all(std::span<std::byte> buffer);
    Result<> finish();
    Error wrong_size() const;
    Error cannot_read(Error cause) const;

    StreamParts parts_;
    std::optional<PieceWalk> walk_;
    std::span<const std::byte> waiting_;
    std::uint64_t position_ = 0;
    bool ended_ = false;
};

}  // namespace rpikit::card
