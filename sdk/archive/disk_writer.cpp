#include "sdk/archive/disk_writer.hpp"

#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "sdk/archive/entry_path.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::archive {

namespace {

std::pair<std::string, std::string> split_last(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {"", path};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

/// Modification time only; the access time is not worth keeping.
std::array<timespec, 2> times(std::int64_t mtime) {
    return {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, timespec{.tv_sec = mtime, .tv_nsec = 0}};
}

Result<> write_all(int file, std::span<const std::byte> bytes, std::uint64_t offset,
                   const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const auto count = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(host::file_error("cannot write", path, errno));
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

/// Makes room for an entry that comes a second time; the last one counts, as with tar.
template <class Make>
int make_again_if_there(int parent, const std::string& name, Make make) {
    int result = make();
    if (result < 0 && errno == EEXIST && unlinkat(parent, name.c_str(), 0) == 0) result = make();
    return result;
}

}  // namespace

Result<DiskWriter> DiskWriter::open(const std::filesystem::path& folder, const UnpackOptions& options,
                                    AbsoluteLinks links) {
    const int root = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return fail(host::file_error("cannot open", folder, errno));
    return DiskWriter(folder, root, options, links);
}

DiskWriter::DiskWriter(DiskWriter&& other) noexcept
    : folder_(std::move(other.folder_)),
      options_(other.options_),
      links_(other.links_),
      steps_(std::exchange(other.steps_, {})),
      folders_(std::move(other.folders_)),
      bytes_(other.bytes_),
      entries_(other.entries_) {}

std::unexpected<Error> DiskWriter::failed(const char* what, const std::string& path) const {
    return fail(host::file_error(fmt::format("cannot {}", what), folder_ / path, errno));
}

DiskWriter::~DiskWriter() {
    for (const auto& step : steps_)
        close(step.descriptor);
}

Result<int> DiskWriter::open_step(int parent, const std::string& name, const std::string& path) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int descriptor = openat(parent, name.c_str(), flags);
    if (descriptor < 0 && errno == ENOENT) {
        if (mkdirat(parent, name.c_str(), 0700) != 0) return failed("make the folder", path);
        folders_.push_back({.path = path});
        descriptor = openat(parent, name.c_str(), flags);
    }
    if (descriptor < 0 && (errno == ELOOP || errno == ENOTDIR)) {
        return fail({.message = fmt::format("refused: '{}' is no folder, yet files lie below it", path)});
    }
    if (descriptor < 0) return failed("open the folder", path);
    return descriptor;
}

Result<int> DiskWriter::enter(const std::string& path) {
    std::size_t depth = 1;
    std::size_t end = 0;
    for (std::size_t start = 0; !path.empty() && start <= path.size(); start = end + 1, ++depth) {
        end = std::min(path.find('/', start), path.size());
        const std::string name = path.substr(start, end - start);
        if (depth < steps_.size() && steps_[depth].name == name) continue;
        for (; steps_.size() > depth; steps_.pop_back())
            close(steps_.back().descriptor);
        TRY_ASSIGN(const int descriptor, open_step(steps_.back().descriptor, name, path.substr(0, end)));
        steps_.push_back({.name = name, .descriptor = descriptor});
    }
    return steps_[depth - 1].descriptor;
}

std::uint32_t DiskWriter::permissions(archive_entry* entry) const {
    const auto mode = archive_entry_perm(entry) & 0777U;
    return options_->read_only ? mode & 0555U : mode;
}

Result<> DiskWriter::write(const std::string& path, archive_entry* entry, Reader& reader) {
    if (++entries_ > options_->limits.entries) {
        return fail(
            {.message = fmt::format("refused: it holds more than {} entries", options_->limits.entries)});
    }
    const auto [folder, name] = split_last(path);
    TRY_ASSIGN(const int parent, enter(folder));
    if (const char* target = archive_entry_hardlink(entry)) {
        return make_hard_link(parent, name, path, target, entry, reader);
    }
    switch (archive_entry_filetype(entry)) {
        case AE_IFREG:
            return make_file(parent, name, path, entry, reader);
        case AE_IFDIR:
            return make_directory(parent, name, path, entry);
        case AE_IFLNK:
            return make_symlink(parent, name, path, entry);
        default:
            return fail({.message = fmt::format("refused: '{}' is a device, pipe or socket", path)});
    }
}

Result<> DiskWriter::make_directory(int parent, const std::string& name, const std::string& path,
                                    archive_entry* entry) {
    TRY_ASSIGN(const int descriptor, open_step(parent, name, path));
    close(descriptor);
    folders_.push_back({.path = path,
                        .mode = permissions(entry),
                        .mtime = archive_entry_mtime(entry),
                        .has_time = archive_entry_mtime_is_set(entry) != 0});
    return {};
}

Result<> DiskWriter::make_file(int parent, const std::string& name, const std::string& path,
                               archive_entry* entry, Reader& reader) {
    const int file = make_again_if_there(parent, name, [&] {
        return openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    });
    if (file < 0) return failed("make the file", path);
    auto written = write_data(file, path, static_cast<std::uint64_t>(archive_entry_size(entry)), reader);
    if (written && (fchmod(file, permissions(entry)) != 0 ||
                    (archive_entry_mtime_is_set(entry) != 0 &&
                     futimens(file, times(archive_entry_mtime(entry)).data()) != 0))) {
        written = failed("set mode and time of", path);
    }
    if (close(file) != 0 && written) written = failed("write", path);
    return written;
}

Result<> DiskWriter::write_data(int file, const std::string& path, std::uint64_t size, Reader& reader) {
    const auto limit = options_->limits.bytes;
    std::uint64_t end = 0;
    bool more = true;
    while (more) {
        TRY_ASSIGN(const auto block, reader.data());
        more = block.has_value();
        bytes_ += more ? block->bytes.size() : 0;
        if (bytes_ > limit || size > limit || (more && block->offset > limit)) {
            return fail({.message = fmt::format("refused: it unpacks to more than {}", format_size(limit))});
        }
        if (!more) break;
        TRY(write_all(file, block->bytes, block->offset, folder_ / path));
        end = block->offset + block->bytes.size();
    }
    // A sparse file may end in a hole, which no data block shows.
    if (end < size && ftruncate(file, static_cast<off_t>(size)) != 0) return failed("write", path);
    return {};
}

Result<> DiskWriter::make_symlink(int parent, const std::string& name, const std::string& path,
                                  archive_entry* entry) {
    const char* read = archive_entry_symlink(entry);
    std::string target = read == nullptr ? "" : read;
    if (links_ == AbsoluteLinks::from_root && target.starts_with('/')) {
        target = relative_target(path, target);
    }
    TRY(check_symlink(path, target));
    const int made =
        make_again_if_there(parent, name, [&] { return symlinkat(target.c_str(), parent, name.c_str()); });
    if (made != 0) return failed("make the link", path);
    if (archive_entry_mtime_is_set(entry) != 0) {
        utimensat(parent, name.c_str(), times(archive_entry_mtime(entry)).data(), AT_SYMLINK_NOFOLLOW);
    }
    return {};
}

Result<> DiskWriter::make_hard_link(int parent, const std::string& name, const std::string& path,
                                    const char* target, archive_entry* entry, Reader& reader) {
    TRY_ASSIGN(const std::string clean, clean_entry_path(target));
    const auto stripped = strip_components(clean, options_->strip_components);
    if (!stripped || stripped->empty()) {
        return fail({.message = fmt::format("refused: the link '{}' to '{}' leads out", path, target)});
    }
    // Entering the target's folder may leave the one of the new name.
    const host::Descriptor here(fcntl(parent, F_DUPFD_CLOEXEC, 0));
    if (!here.valid()) return failed("make the link", path);
    const auto old = split_last(*stripped);
    TRY_ASSIGN(const int from, enter(old.first));
    struct stat status{};
    if (fstatat(from, old.second.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(status.st_mode)) {
        // Another name for a symbolic link would make it lead elsewhere.
        return fail(
            {.message = fmt::format("refused: '{}' is a link to '{}', which is no file", path, clean)});
    }
    const int made = make_again_if_there(
        here.get(), name, [&] { return linkat(from, old.second.c_str(), here.get(), name.c_str(), 0); });
    if (made != 0) return failed("make the link", path);
    if (archive_entry_size(entry) == 0) return {};
    // The newc format gives a file's data with the last of its names.
    const host::Descriptor file(openat(here.get(), name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file.valid()) return failed("write", path);
    return write_data(file.get(), path, static_cast<std::uint64_t>(archive_entry_size(entry)), reader);
}

Result<> DiskWriter::finish() {
    // Deepest first: a folder without write permission, or its time, must not change any more.
    std::ranges::stable_sort(folders_, std::greater{}, &Folder::path);
    for (const auto& folder : folders_) {
        const auto [above, name] = split_last(folder.path);
        TRY_ASSIGN(const int parent, enter(above));
        const auto mode = options_->read_only ? folder.mode & 0555U : folder.mode;
        if (fchmodat(parent, name.c_str(), mode, 0) != 0 ||
            (folder.has_time &&
             utimensat(parent, name.c_str(), times(folder.mtime).data(), AT_SYMLINK_NOFOLLOW) != 0)) {
            return failed("set mode and time of", folder.path);
        }
    }
    return {};
}

}  // namespace rpikit::archive
