#include "sdk/host/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sdk/host/descriptor.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace fs = std::filesystem;

namespace {

std::string hint_for(const fs::path& file, int number) {
    const fs::path parent = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const std::string folder = shell_quote(parent.string());
    switch (number) {
        case ENOSPC:
        case EDQUOT:
            return fmt::format("free some space, then run the same command again: df -h {}", folder);
        case EROFS:
            return fmt::format("the file system is read-only: findmnt -T {}", folder);
        case EACCES:
        case EPERM:
            return fmt::format("look at owner and rights: ls -ld {}", folder);
        default:
            return {};
    }
}

Result<> write_all(int descriptor, std::string_view content, const fs::path& file) {
    while (!content.empty()) {
        const ssize_t count = ::write(descriptor, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(file_error("cannot write", file, errno));
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<> write_new_file(const fs::path& name, std::string_view content, const fs::path& target) {
    const Descriptor descriptor(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!descriptor.valid()) return fail(file_error("cannot write", target, errno));
    TRY(write_all(descriptor.get(), content, target));
    // The mode does not depend on the umask: equal inputs give equal files.
    if (::fchmod(descriptor.get(), 0644) != 0 || ::fsync(descriptor.get()) != 0) {
        return fail(file_error("cannot write", target, errno));
    }
    return {};
}

/// Makes a rename in `folder` last; some file systems refuse to sync a folder, which loses nothing else.
void sync_folder(const fs::path& folder) {
    const Descriptor descriptor(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.valid()) ::fsync(descriptor.get());
}

/// Gives the owner all rights on the folders of a tree, so that their entries can be removed.
void make_folders_writable(const fs::path& folder) {
    std::error_code ignored;
    fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, ignored);
    fs::recursive_directory_iterator entry(folder, ignored);
    while (entry != fs::recursive_directory_iterator()) {
        // Rights are given before the iterator steps into the folder.
        if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
            fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
        }
        entry.increment(ignored);
        if (ignored) return;
    }
}

}  // namespace

Error file_error(std::string_view what, const fs::path& file, int number) {
    return {.message = fmt::format("{} {}", what, file.string()),
            .causes = {std::strerror(number)},
            .hint = hint_for(file, number)};
}

Result<std::string> read_file(const fs::path& file, std::size_t limit) {
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor.valid()) return fail(file_error("cannot read", file, errno));
    struct stat status{};
    if (::fstat(descriptor.get(), &status) != 0) return fail(file_error("cannot read", file, errno));
    if (S_ISDIR(status.st_mode)) return fail(file_error("cannot read", file, EISDIR));

    constexpr std::size_t piece = std::size_t{64} << 10;
    std::string content;
    while (true) {
        // The size is only a first guess: files under /proc say 0.
        const std::size_t used = content.size();
        const auto left = static_cast<std::size_t>(status.st_size) > used
                              ? static_cast<std::size_t>(status.st_size) - used
                              : std::size_t{0};
        content.resize(used + std::min(left + piece, limit - used + 1));
        const ssize_t count = ::read(descriptor.get(), content.data() + used, content.size() - used);
        if (count < 0 && errno != EINTR) return fail(file_error("cannot read", file, errno));
        content.resize(used + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count == 0) return content;
        if (content.size() > limit) {
            return fail({.message = fmt::format("{} is larger than {}", file.string(), format_size(limit))});
        }
    }
}

Result<> write_file(const fs::path& file, std::string_view content) {
    std::error_code ignored;
    if (fs::is_regular_file(fs::symlink_status(file, ignored)) &&
        fs::file_size(file, ignored) == content.size()) {
        if (const auto old = read_file(file, content.size()); old && *old == content) return {};
    }
    const fs::path temporary = temporary_sibling(file);
    if (auto written = write_new_file(temporary, content, file); !written) {
        fs::remove(temporary, ignored);
        return written;
    }
    if (auto renamed = rename_path(temporary, file); !renamed) {
        fs::remove(temporary, ignored);
        return renamed;
    }
    sync_folder(file.parent_path());
    return {};
}

Result<> make_directories(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail(file_error("cannot make the folder", folder, error.value()));
    // create_directories is content with a file of that name on some paths.
    if (!fs::is_directory(folder, error)) {
        return fail(file_error("cannot make the folder", folder, ENOTDIR));
    }
    return {};
}

Result<> remove_tree(const fs::path& folder) {
    std::error_code error;
    fs::remove_all(folder, error);
    if (error == std::errc::permission_denied) {
        make_folders_writable(folder);
        fs::remove_all(folder, error);
    }
    if (error) return fail(file_error("cannot remove", folder, error.value()));
    return {};
}

Result<> rename_path(const fs::path& from, const fs::path& to) {
    std::error_code ignored;
    const bool folder = fs::symlink_status(from, ignored).type() == fs::file_type::directory;
    // Without NOREPLACE an empty folder would be replaced silently.
    int outcome = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), folder ? RENAME_NOREPLACE : 0U);
    if (outcome != 0 && errno == EINVAL && folder && !fs::exists(fs::symlink_status(to, ignored))) {
        outcome = ::rename(from.c_str(), to.c_str());  // a file system without NOREPLACE
    }
    if (outcome != 0) {
        return fail(file_error(fmt::format("cannot rename {} to", from.string()), to, errno));
    }
    return {};
}

fs::path temporary_sibling(const fs::path& target) {
    static std::atomic<unsigned> serial = 0;
    // 200: with the rest of the name it stays below NAME_MAX (255).
    const std::string name = target.filename().string().substr(0, 200);
    return target.parent_path() / fmt::format(".{}.{}-{}.tmp", name, ::getpid(), serial++);
}

}  // namespace rpikit::host
