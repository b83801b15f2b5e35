#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "sdk/support/result.hpp"

namespace rpikit::image {

/// A file that appears under its name only when it is whole. Until then it has no name at all (O_TMPFILE), so
/// a run that is killed leaves nothing; where the file system cannot do that, a temporary one beside it.
/// Bytes go past the page cache where that is possible (O_DIRECT): an image is larger than what is worth
/// keeping there, and filling it costs more than writing.
class OutputFile {
  public:
    /// \param size bytes; the file starts as one hole
    static Result<OutputFile> create(const std::filesystem::path& target, std::uint64_t size);
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    ~OutputFile();

    /// Direct when address, length and offset are multiples of 4096. Several threads may write at once.
    Result<> write(std::uint64_t offset, std::span<const std::byte> bytes);

    /// Flushes the file to its disk and gives it its name, replacing what had it.
    Result<> commit();

  private:
    OutputFile(std::filesystem::path target, std::filesystem::path temporary)
        : target_(std::move(target)), temporary_(std::move(temporary)) {}
    std::unexpected<Error> failed(const char* what) const;
    bool open();

    std::filesystem::path target_;
    std::filesystem::path temporary_;
    int descriptor_ = -1;
    std::atomic<bool> direct_ = false;
    bool named_ = false;  ///< under `temporary_`
};

}  // namespace rpikit::image
