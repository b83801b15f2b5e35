#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>

#include "sdk/support/result.hpp"

namespace rpikit::archive {

enum class FileType { regular, directory, symlink, character_device, block_device, fifo };

/// Bytes that lie in a file of the host and are read only when they are written to their place.
struct FileSlice {
    std::filesystem::path file;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// A regular file's content: in memory for what we make, a slice for what we take.
using Content = std::variant<std::string, FileSlice>;

/// One file as it shall appear in a file system or archive; nothing of it exists on the host.
struct Entry {
    FileType type = FileType::regular;
    std::uint32_t mode = 0644;  ///< permission bits only, 07777
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::int64_t mtime = 0;   ///< seconds since 1970, UTC
    Content content = {};     ///< regular files
    std::string target = {};  ///< symlinks
    std::string hard_link =
        {};  ///< path of the entry that this one is another name of; empty: a file of its own
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
    std::map<std::string, std::string> xattrs = {};  ///< "security.capability" and the like, raw bytes
};

std::uint64_t content_size(const Entry& entry);

/// The whole content in memory, for small files.
Result<std::string> read_content(const Entry& entry);

/// What a file system or archive shall contain. Paths are relative, '/'-separated, without "." or "..", never
/// with a leading or trailing slash; the root itself is "". Always sorted, so what is made of it is too.
class FileTree {
  public:
    /// Adds or replaces an entry; missing parent folders are added with mode 0755. An error if the path is
    /// not clean or a parent is not a directory.
    Result<> add(const std::string& path, Entry entry);
    Result<> add_file(const std::string& path, std::string content, std::uint32_t mode = 0644);
    Result<> add_directory(const std::string& path, std::uint32_t mode = 0755);
    Result<> add_symlink(const std::string& path, std::string target);

    /// Adds all entries of `other` below `prefix` ("" for the root), replacing what is there.
    Result<> merge(const FileTree& other, const std::string& prefix = "");

    /// Makes no entry younger than `latest` (seconds since 1970), as SOURCE_DATE_EPOCH asks for: what was
    /// written by a build has that build's hour, which must not show in what is made of it.
    void limit_times(std::int64_t latest);

    const Entry* find(const std::string& path) const;
    bool empty() const { return entries_.empty(); }
    const std::map<std::string, Entry>& entries() const { return entries_; }

    /// Sum of the contents of all regular files, bytes.
    std::uint64_t total_size() const;

  private:
    std::map<std::string, Entry> entries_;
};

/// A clean relative path, or why not.
Result<> check_tree_path(const std::string& path);

}  // namespace rpikit::archive
