#pragma once

#include <filesystem>
#include <string>

#include "flasher/device/open_disk.hpp"
#include "tests/support/loop_device.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// What came of trying to get a device for writing.
struct Attempt {
    std::string kind;  ///< of the first refusal; "busy" when open(2) said so; "opened" when nothing refused
    std::string message;  ///< of the error
    std::string hint;
};

/// Does all that a command does before its first write.
Attempt attempt(const std::filesystem::path& path, const device::Purpose& purpose,
                const device::Roots& roots = {});

/// An ext4 mounted read-only, so that the kernel writes nothing by itself; unmounted with the object.
class Mounted {
  public:
    Mounted(const std::filesystem::path& device, std::filesystem::path where);
    ~Mounted();
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;
    const std::filesystem::path& where() const { return where_; }

  private:
    std::filesystem::path where_;
};

/// A device used as swap space while the object lives.
class Swapped {
  public:
    explicit Swapped(const std::filesystem::path& device);
    ~Swapped();
    Swapped(const Swapped&) = delete;
    Swapped& operator=(const Swapped&) = delete;
    bool on() const { return on_; }

  private:
    std::filesystem::path device_;
    bool on_ = false;
};

/// Runs a program of the system, and throws when it fails.
void run_tool(const std::vector<std::string>& argv);

/// Signatures of members, as the formats' own programs write them.
void write_lvm_label(const std::filesystem::path& file);
void write_md_superblock(const std::filesystem::path& file);
void write_zfs_labels(const std::filesystem::path& file);

/// sha256 of a whole file.
std::string hash_of(const std::filesystem::path& file);

}  // namespace rpikit::test
