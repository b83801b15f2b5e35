#include "sdk/host/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <vector>

#include "sdk/host/descriptor.hpp"
#include "sdk/support/sha256.hpp"
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

/// How many temporary siblings this process has made.
std::atomic<unsigned> siblings_made = 0;

/// Where a process id means the same process: one pid namespace of one boot of one machine. A cache may be
/// shared between containers or machines.
const std::string& pid_scope() {
    static const std::string scope = [] {
        std::error_code ignored;
        const auto boot = read_file("/proc/sys/kernel/random/boot_id").value_or("");
        constexpr std::size_t enough_digits = 8;
        return sha256(boot + fs::read_symlink("/proc/self/ns/pid", ignored).string())
            .substr(0, enough_digits);
    }();
    return scope;
}

/// The begin of the names of a target's temporary siblings.
std::string sibling_prefix(const fs::path& target) {
    // 200: with the rest of the name it stays below NAME_MAX (255).
    return fmt::format(".{}.", target.filename().string().substr(0, 200));
}

/// What the name of a temporary sibling says: ".TARGET.PROCESS-SERIAL-SCOPE.tmp".
struct SiblingName {
    pid_t process = 0;
    unsigned serial = 0;
    std::string_view scope;
};

std::optional<SiblingName> parse_sibling(std::string_view name, std::string_view prefix) {
    constexpr std::string_view suffix = ".tmp";
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    if (name.size() <= suffix.size()) return std::nullopt;
    name.remove_suffix(suffix.size());
    // All of it is looked at: the target may be the begin of another's name.
    const auto parts = split(name, '-');
    if (parts.size() != 3 || parts[2].contains('.')) return std::nullopt;
    SiblingName found{.scope = parts[2]};
    const auto number = [](std::string_view text, auto& value) {
        const auto [at, error] = std::from_chars(text.begin(), text.end(), value);
        return error == std::errc() && at == text.end();
    };
    // kill() takes 0 and less for process groups.
    if (!number(parts[0], found.process) || found.process <= 0) return std::nullopt;
    if (!number(parts[1], found.serial)) return std::nullopt;
    return found;
}

/// So long a process that cannot be asked for is taken to be at work.
constexpr std::time_t patience = 3600;  // seconds

bool is_leftover(const fs::path& path, const SiblingName& name, Leftovers which) {
    if (name.scope == pid_scope()) {
        // Numbers are used again: one that we have not given out is of an earlier process with our id.
        if (name.process == ::getpid()) return name.serial >= siblings_made;
        return which == Leftovers::all || (::kill(name.process, 0) != 0 && errno == ESRCH);
    }
    struct stat status{};
    return which == Leftovers::all ||
           (::lstat(path.c_str(), &status) == 0 && ::time(nullptr) - status.st_mtime > patience);
}

void remove_leftovers(const fs::path& target, Leftovers which) {
    const auto prefix = sibling_prefix(target);
    const auto folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    std::vector<fs::path> leftovers;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        const auto file = entry->path().filename().string();
        const auto name = parse_sibling(file, prefix);
        if (name && is_leftover(entry->path(), *name, which)) leftovers.push_back(entry->path());
    }
    for (const auto& path : leftovers) {
        // One that cannot be removed is in nobody's way, and the next run tries again.
        [[maybe_unused]] const auto removed = remove_tree(path);
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

fs::path temporary_sibling(const fs::path& target, Leftovers leftovers) {
    remove_leftovers(target, leftovers);
    return target.parent_path() /
           fmt::format("{}{}-{}-{}.tmp", sibling_prefix(target), ::getpid(), siblings_made++, pid_scope());
}

}  // namespace rpikit::host
