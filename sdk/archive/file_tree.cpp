#include "sdk/archive/file_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>

#include "sdk/support/text.hpp"

namespace rpikit::archive {

namespace {

std::string join_path(const std::string& prefix, const std::string& path) {
    if (prefix.empty() || path.empty()) return prefix + path;
    return prefix + '/' + path;
}

Result<std::string> read_slice(const FileSlice& slice) {
    std::ifstream stream(slice.file, std::ios::binary);
    if (!stream) {
        return fail({.message = fmt::format("cannot read {}", slice.file.string()),
                     .causes = {std::strerror(errno)}});
    }
    std::string text(slice.size, '\0');
    stream.seekg(static_cast<std::streamoff>(slice.offset));
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (static_cast<std::uint64_t>(stream.gcount()) != slice.size) {
        return fail(
            {.message = fmt::format("{} is shorter than when it was looked at", slice.file.string())});
    }
    return text;
}

}  // namespace

std::uint64_t content_size(const Entry& entry) {
    if (entry.type != FileType::regular || !entry.hard_link.empty()) return 0;
    if (const auto* slice = std::get_if<FileSlice>(&entry.content)) return slice->size;
    return std::get<std::string>(entry.content).size();
}

Result<std::string> read_content(const Entry& entry) {
    if (const auto* slice = std::get_if<FileSlice>(&entry.content)) return read_slice(*slice);
    return std::get<std::string>(entry.content);
}

Result<> check_tree_path(const std::string& path) {
    if (path.empty()) return {};
    for (const auto part : split(path, '/')) {
        if (part.empty() || part == "." || part == ".." || part.contains('\0')) {
            return fail({.message = fmt::format("'{}' is not a clean relative path", path)});
        }
    }
    return {};
}

Result<> FileTree::add(const std::string& path, Entry entry) {
    TRY(check_tree_path(path));
    TRY(check_tree_path(entry.hard_link));
    if (entry.type != FileType::directory) {
        const auto child = entries_.lower_bound(path + '/');
        if (path.empty() || (child != entries_.end() && child->first.starts_with(path + '/'))) {
            return fail({.message = fmt::format("'/{}' is a folder with files in it, nothing else can "
                                                "take its place",
                                                path)});
        }
    }
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const auto [parent, added] =
            entries_.try_emplace(path.substr(0, slash), Entry{.type = FileType::directory, .mode = 0755});
        if (!added && parent->second.type != FileType::directory) {
            return fail(
                {.message = fmt::format("cannot add '/{}': '/{}' is not a folder", path, parent->first)});
        }
    }
    entries_.insert_or_assign(path, std::move(entry));
    return {};
}

Result<> FileTree::add_file(const std::string& path, std::string content, std::uint32_t mode) {
    return add(path, Entry{.mode = mode, .content = std::move(content)});
}

Result<> FileTree::add_directory(const std::string& path, std::uint32_t mode) {
    return add(path, Entry{.type = FileType::directory, .mode = mode});
}

Result<> FileTree::add_symlink(const std::string& path, std::string target) {
    return add(path, Entry{.type = FileType::symlink, .mode = 0777, .target = std::move(target)});
}

Result<> FileTree::merge(const FileTree& other, const std::string& prefix) {
    for (const auto& [path, entry] : other.entries()) {
        Entry copy = entry;
        if (!copy.hard_link.empty()) copy.hard_link = join_path(prefix, copy.hard_link);
        TRY(add(join_path(prefix, path), std::move(copy)));
    }
    return {};
}

void FileTree::limit_times(std::int64_t latest) {
    for (auto& [path, entry] : entries_)
        entry.mtime = std::min(entry.mtime, latest);
}

const Entry* FileTree::find(const std::string& path) const {
    const auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : &found->second;
}

std::uint64_t FileTree::total_size() const {
    return std::accumulate(
        entries_.begin(), entries_.end(), std::uint64_t{0},
        [](std::uint64_t sum, const auto& item) { return sum + content_size(item.second); });
}

}  // namespace rpikit::archive
