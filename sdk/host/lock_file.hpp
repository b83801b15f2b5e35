#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "sdk/host/descriptor.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::host {

/// An exclusive lock between processes (flock); released with the object, or by the kernel when we die.
class LockFile {
  public:
    /// Waits until the lock is free. \param on_wait called once if another process holds it.
    static Result<LockFile> acquire(const std::filesystem::path& file, const std::stop_token& stop,
                                    const std::function<void()>& on_wait);

  private:
    explicit LockFile(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
    Descriptor descriptor_;
};

}  // namespace rpikit::host
