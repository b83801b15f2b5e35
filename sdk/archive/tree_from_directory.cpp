#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cerrno>
#include <map>
#include <vector>

#include "sdk/archive/archive.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::archive {

namespace fs = std::filesystem;

namespace {

std::unexpected<Error> failed(const fs::path& path, int cause) {
    return fail(host::file_error("cannot read", path, cause));
}

/// What the files carry themselves; security labels and access lists belong to the host they lie on.
bool is_wanted_xattr(std::string_view name) {
    return name.starts_with("user.") || name == "security.capability";
}

Result<std::map<std::string, std::string>> read_xattrs(const fs::path& path) {
    std::map<std::string, std::string> xattrs;
    const auto size = llistxattr(path.c_str(), nullptr, 0);
    if (size <= 0) return xattrs;  // none, or a file system without them
    std::string names(static_cast<std::size_t>(size), '\0');
    const auto read = llistxattr(path.c_str(), names.data(), names.size());
    if (read < 0) return failed(path, errno);
    names.resize(static_cast<std::size_t>(read));
    for (const auto name : split(names, '\0')) {
        if (!is_wanted_xattr(name)) continue;
        std::string value(XATTR_SIZE_MAX, '\0');
        const auto length = lgetxattr(path.c_str(), std::string(name).c_str(), value.data(), value.size());
        if (length < 0) return failed(path, errno);
        value.resize(static_cast<std::size_t>(length));
        xattrs.emplace(name, std::move(value));
    }
    return xattrs;
}

class DirectoryReader {
  public:
    explicit DirectoryReader(fs::path root) : root_(std::move(root)) {}

    Result<FileTree> read() {
        std::error_code error;
        TRY(add("", root_));
        for (auto it = fs::recursive_directory_iterator(root_, error);
             !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
            // The path as it was entered, never lexically_relative: names are bytes here.
            const auto path = it->path().string().substr(prefix_length());
            TRY(add(path, it->path()));
        }
        if (error) return failed(root_, error.value());
        return std::move(tree_);
    }

  private:
    std::size_t prefix_length() const {
        const auto& text = root_.native();
        return text.ends_with('/') ? text.size() : text.size() + 1;
    }

    Result<> add(const std::string& path, const fs::path& file) {
        struct stat status{};
        if (lstat(file.c_str(), &status) != 0) return failed(file, errno);
        if (S_ISSOCK(status.st_mode)) return {};  // means nothing without the process behind it
        TRY_ASSIGN(auto entry, describe(file, status));
        if (S_ISREG(status.st_mode) && status.st_nlink > 1) {
            const auto [first, is_first] = names_.try_emplace(std::pair(status.st_dev, status.st_ino), path);
            if (!is_first) entry.hard_link = first->second;
        }
        return tree_.add(path, std::move(entry));
    }

    static Result<Entry> describe(const fs::path& file, const struct stat& status) {
        Entry entry{.mode = status.st_mode & 07777U, .mtime = status.st_mtim.tv_sec};
        if (S_ISREG(status.st_mode)) {
            entry.content = FileSlice{.file = file, .size = static_cast<std::uint64_t>(status.st_size)};
        } else if (S_ISDIR(status.st_mode)) {
            entry.type = FileType::directory;
        } else if (S_ISLNK(status.st_mode)) {
            std::error_code error;
            entry.type = FileType::symlink;
            entry.target = fs::read_symlink(file, error).string();
            if (error) return failed(file, error.value());
        } else {
            entry.type = S_ISCHR(status.st_mode)   ? FileType::character_device
                         : S_ISBLK(status.st_mode) ? FileType::block_device
                                                   : FileType::fifo;
            entry.device_major = major(status.st_rdev);
            entry.device_minor = minor(status.st_rdev);
        }
        TRY_ASSIGN(entry.xattrs, read_xattrs(file));
        return entry;
    }

    fs::path root_;
    FileTree tree_;
    std::map<std::pair<dev_t, ino_t>, std::string> names_;  ///< of files with several
};

}  // namespace

Result<FileTree> tree_from_directory(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return fail({.message = fmt::format("{} is no folder", folder.string())});
    }
    return DirectoryReader(folder).read();
}

}  // namespace rpikit::archive
