#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

enum class FuseFault { none, io_error, part, vanish, lost, wrong_byte, wrong_byte_once, flush_error };
enum class FuseOperation { write, read };

/// What the file system does wrong, in memory that it shares with the test: when an operation covers
/// `offset`.
struct FuseOrders {
    std::atomic<FuseFault> fault;
    std::atomic<FuseOperation> operation;
    std::atomic<std::uint64_t> offset;
    std::atomic<bool> happened;
    std::atomic<bool> gone;  ///< everything fails from now on
};

/// A file in a file system of our own (libfuse), in a process of its own: under a loop device it is a disk
/// that fails in the kernel's eyes.
class FuseCard {
  public:
    /// \returns null where the machine has no FUSE
    static std::unique_ptr<FuseCard> make(std::size_t size);
    ~FuseCard();

    std::filesystem::path file() const { return folder_ / "card"; }
    FuseOrders& orders() { return *orders_; }
    /// What the file holds.
    std::byte* content() { return content_; }
    std::size_t size() const { return size_; }

  private:
    FuseCard() = default;
    TempDir folder_;
    FuseOrders* orders_ = nullptr;
    std::byte* content_ = nullptr;
    std::size_t size_ = 0;
    pid_t server_ = -1;
};

}  // namespace rpikit::test
