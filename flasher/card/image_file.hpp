#pragma once

#include <filesystem>
#include <optional>
#include <span>

#include "sdk/archive/packed_writer.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::card {

/// An image that is written from its start to its end, compressed by its name's ending or with holes for
/// zeros. It has its name when it is whole, and leaves nothing before.
class ImageFile {
  public:
    static Result<ImageFile> create(const std::filesystem::path& file);
    ImageFile(ImageFile&&) noexcept = default;
    ImageFile& operator=(ImageFile&&) = delete;
    ~ImageFile();

    Result<> write(std::span<const std::byte> bytes);
    /// Gives it its name. \returns the bytes that it takes on the disk
    Result<std::uint64_t> commit();

  private:
    ImageFile(std::filesystem::path file, std::filesystem::path temporary)
        : file_(std::move(file)), temporary_(std::move(temporary)) {}
    Result<> write_sparse(std::span<const std::byte> bytes);
    Result<> put(std::uint64_t offset, std::span<const std::byte> bytes);

    std::filesystem::path file_;
    std::filesystem::path temporary_;
    host::Descriptor descriptor_;
    std::optional<archive::PackedWriter> packed_;
    std::uint64_t size_ = 0;
};

}  // namespace rpikit::card
