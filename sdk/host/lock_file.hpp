#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

#include "sdk/host/descriptor.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::host {

/// A lock between processes (flock); released with the object, or by the kernel when we die.
class LockFile {
  public:
    /// Waits until the lock is free and holds it alone. \param on_wait called once if another process holds
    /// it.
    static Result<LockFile> acquire(const std::filesystem::path& file, const std::stop_token& stop,
                                    const std::function<void()>& on_wait);

    /// Holds the lock alone, or nothing when somebody has it.
    static Result<std::optional<LockFile>> try_acquire(const std::filesystem::path& file);

    /// Holds the lock together with others who share it, or nothing when somebody holds it alone.
    static Result<std::optional<LockFile>> try_share(const std::filesystem::path& file);

  private:
    explicit LockFile(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
    Descriptor descriptor_;
};

}  // namespace rpikit::host
