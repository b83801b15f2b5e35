#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "sdk/support/result.hpp"

namespace rpikit::image {

/// An image or device opened for reading. Every read is checked against its size, so a table in it that
/// points outside becomes an error and nothing worse.
class DiskFile {
  public:
    static Result<DiskFile> open(const std::filesystem::path& path);
    DiskFile(DiskFile&& other) noexcept;
    DiskFile& operator=(DiskFile&& other) noexcept;
    ~DiskFile();

    std::uint64_t size() const { return size_; }  ///< bytes
    const std::filesystem::path& path() const { return path_; }

    /// Whether [offset, offset + length) lies inside; no overflow.
    bool holds(std::uint64_t offset, std::uint64_t length) const {
        return offset <= size_ && length <= size_ - offset;
    }

    Result<> read(std::uint64_t offset, std::span<std::byte> bytes) const;
    Result<std::string> read(std::uint64_t offset, std::size_t length) const;

  private:
    DiskFile(int descriptor, std::uint64_t size, std::filesystem::path path)
        : descriptor_(descriptor), size_(size), path_(std::move(path)) {}
    Result<> check(std::uint64_t offset, std::uint64_t length) const;

    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::filesystem::path path_;
};

}  // namespace rpikit::image
