#include "sdk/host/lock_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "sdk/host/file.hpp"

namespace rpikit::host {

namespace {

/// flock cannot be waited for together with a stop token, so it is tried again at this interval.
constexpr std::chrono::milliseconds retry{100};

Result<Descriptor> open_lock(const std::filesystem::path& file) {
    if (file.has_parent_path()) TRY(make_directories(file.parent_path()));
    Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!descriptor.valid()) return fail(file_error("cannot open the lock", file, errno));
    return descriptor;
}

/// \param operation of flock(2) \returns the locked file, or nothing when the lock is held by somebody
Result<std::optional<Descriptor>> lock_now(const std::filesystem::path& file, int operation) {
    TRY_ASSIGN(auto descriptor, open_lock(file));
    if (::flock(descriptor.get(), operation | LOCK_NB) == 0) return std::optional(std::move(descriptor));
    if (errno == EWOULDBLOCK) return std::nullopt;
    return fail(file_error("cannot lock", file, errno));
}

}  // namespace

Result<LockFile> LockFile::acquire(const std::filesystem::path& file, const std::stop_token& stop,
                                   const std::function<void()>& on_wait) {
    TRY_ASSIGN(auto descriptor, open_lock(file));
    bool told = false;
    while (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return fail(file_error("cannot lock", file, errno));
        if (stop.stop_requested()) {
            return fail({.message = fmt::format("interrupted while waiting for {}", file.string()),
                         .kind = ErrorKind::interrupted});
        }
        if (!std::exchange(told, true) && on_wait) on_wait();
        std::this_thread::sleep_for(retry);
    }
    return LockFile(std::move(descriptor));
}

Result<std::optional<LockFile>> LockFile::try_acquire(const std::filesystem::path& file) {
    TRY_ASSIGN(auto descriptor, lock_now(file, LOCK_EX));
    if (!descriptor) return std::nullopt;
    return LockFile(*std::move(descriptor));
}

Result<std::optional<LockFile>> LockFile::try_share(const std::filesystem::path& file) {
    TRY_ASSIGN(auto descriptor, lock_now(file, LOCK_SH));
    if (!descriptor) return std::nullopt;
    return LockFile(*std::move(descriptor));
}

}  // namespace rpikit::host
