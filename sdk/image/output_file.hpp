#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "sdk/support/result.hpp"

namespace rpikit::image {

/// A file that appears under its name only when it is whole. Until then it has no name at all (O_TMPFILE), so
/// a run that is killed leaves nothing; where the file system cannot do that, a temporary one beside it.
class OutputFile {
  public:
    /// \param size bytes; the file starts as one hole
    static Result<OutputFile> create(const std::filesystem::path& target, std::uint64_t size);
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    ~OutputFile();

    /// Several threads may write at once.
    Result<> write(std::uint64_t offset, std::span<const std::byte> bytes);

    /// Gives the file its name, replacing what had it. It reaches the disk later: check_image waits for that.
    Result<> commit();

  private:
    OutputFile(std::filesystem::path target, std::filesystem::path temporary)
        : target_(std::move(target)), temporary_(std::move(temporary)) {}
    std::unexpected<Error> failed(const char* what) const;
    bool open();

    std::filesystem::path target_;
    std::filesystem::path temporary_;
    int descriptor_ = -1;
    bool named_ = false;  ///< under `temporary_`
};

}  // namespace rpikit::image
