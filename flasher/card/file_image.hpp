#pragma once

#include <memory>
#include <optional>
#include <string>

#include "flasher/card/image_source.hpp"
#include "flasher/card/piece_walk.hpp"
#include "sdk/host/descriptor.hpp"

namespace rpikit::card {

/// An image that lies in a file as it shall be on the card: only what is wanted of it is read.
class FileImage final : public ImageSource {
  public:
    /// \param map has the file's size
    FileImage(std::string name, std::shared_ptr<const host::Descriptor> file, std::uint64_t size,
              std::optional<archive::BlockMap> map, std::vector<Extent> extents);

    const std::string& name() const override { return name_; }
    std::optional<std::uint64_t> size_bytes() const override { return size_; }
    std::optional<std::uint64_t> mapped_bytes() const override { return walk_.total_bytes(); }
    const archive::BlockMap* block_map() const override { return map_ ? &*map_ : nullptr; }
    Result<std::optional<Extent>> next(std::span<std::byte> buffer) override;
    Result<std::unique_ptr<ImageSource>> again(std::vector<Extent> pieces) const override;

  private:
    std::string name_;
    std::shared_ptr<const host::Descriptor> file_;
    std::uint64_t size_;
    std::optional<archive::BlockMap> map_;
    PieceWalk walk_;
};

}  // namespace rpikit::card
