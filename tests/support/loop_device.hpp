#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rpikit::test {

struct LoopOptions {
    bool read_only = false;
    std::uint32_t sector_bytes = 512;
};

/// A loop device of the kernel's, made of a file; it and its partitions are let go of with the object.
class LoopDevice {
  public:
    explicit LoopDevice(const std::filesystem::path& file, const LoopOptions& options = {});
    /// Of a new sparse file.
    LoopDevice(const std::filesystem::path& file, std::uint64_t size_bytes, const LoopOptions& options = {});
    ~LoopDevice();
    LoopDevice(const LoopDevice&) = delete;
    LoopDevice& operator=(const LoopDevice&) = delete;

    /// Why there are none here (no right, no driver); nothing: there are.
    static std::optional<std::string> unavailable();

    const std::filesystem::path& path() const { return path_; }  ///< "/dev/loop3"
    const std::filesystem::path& file() const { return file_; }  ///< what it is made of
    dev_t number() const { return number_; }

    /// Tells the kernel of a partition, whatever is written there. \returns its path
    std::filesystem::path add_partition(int number, std::uint64_t start_bytes, std::uint64_t length_bytes);

  private:
    void attach(const LoopOptions& options);

    std::filesystem::path file_;
    std::filesystem::path path_;
    dev_t number_ = 0;
    std::vector<int> partitions_;
};

}  // namespace rpikit::test
