#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "sdk/image/ext4_volume.hpp"
#include "sdk/image/image_reader.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::image {

namespace {

constexpr std::size_t longest_path = 4096;

archive::FileType file_type(std::uint16_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return archive::FileType::directory;
        case S_IFLNK:
            return archive::FileType::symlink;
        case S_IFCHR:
            return archive::FileType::character_device;
        case S_IFBLK:
            return archive::FileType::block_device;
        case S_IFIFO:
            return archive::FileType::fifo;
        default:
            return archive::FileType::regular;
    }
}

class Lister {
  public:
    Lister(const Ext4Volume& volume, std::uint64_t entries) : volume_(&volume), left_(entries) {}

    /// A directory that was seen before is a loop.
    Result<> list(std::uint32_t directory, const std::string& prefix) {
        if (!seen_.insert(directory).second || prefix.size() > longest_path) {
            return fail(
                {.message = fmt::format("the folders of the ext4 loop or nest too deep at /{}", prefix)});
        }
        TRY_ASSIGN(const auto inode, volume_->inode(directory));
        TRY_ASSIGN(const auto entries, volume_->directory(inode));
        for (const auto& entry : entries) {
            if (left_-- == 0) return fail({.message = "refused: it holds too many entries"});
            TRY(add(entry, prefix));
        }
        return {};
    }

    std::vector<archive::Member> take() {
        std::ranges::sort(members_, {}, &archive::Member::path);
        return std::move(members_);
    }

  private:
    Result<> add(const Ext4Volume::DirectoryEntry& entry, const std::string& prefix) {
        TRY_ASSIGN(const auto inode, volume_->inode(entry.inode));
        archive::Member member{.path = prefix + entry.name,
                               .type = file_type(inode.mode),
                               .mode = inode.mode & 07777U,
                               .size = (inode.mode & S_IFMT) == S_IFREG ? ext4_file_size(inode) : 0};
        if (member.type == archive::FileType::symlink) {
            TRY_ASSIGN(member.target, volume_->link_target(inode));
        }
        const bool descend = member.type == archive::FileType::directory;
        const auto below = member.path + '/';
        members_.push_back(std::move(member));
        return descend ? list(entry.inode, below) : Result<>{};
    }

    const Ext4Volume* volume_;
    std::uint64_t left_;
    std::set<std::uint32_t> seen_;
    std::vector<archive::Member> members_;
};

Result<std::string> find_and_read(const Ext4Volume& volume, const std::string& path, std::uint64_t limit) {
    TRY_ASSIGN(auto inode, volume.inode(ext4_root_inode));
    for (const auto part : split(path, '/')) {
        if (part.empty()) continue;
        if ((inode.mode & S_IFMT) != S_IFDIR) return fail({.message = "there is no such file"});
        TRY_ASSIGN(const auto entries, volume.directory(inode));
        const auto found = std::ranges::find(entries, part, &Ext4Volume::DirectoryEntry::name);
        if (found == entries.end()) return fail({.message = "there is no such file"});
        TRY_ASSIGN(inode, volume.inode(found->inode));
    }
    if ((inode.mode & S_IFMT) == S_IFLNK) {
        TRY_ASSIGN(const auto target, volume.link_target(inode));
        return fail({.message = fmt::format("it is a symbolic link to {}", target)});
    }
    if ((inode.mode & S_IFMT) != S_IFREG) return fail({.message = "it is no regular file"});
    return volume.content(inode, limit);
}

}  // namespace

Result<std::vector<archive::Member>> list_ext4(const std::filesystem::path& image, std::uint64_t offset,
                                               std::uint64_t entries) {
    TRY_ASSIGN(const auto disk, DiskFile::open(image));
    TRY_ASSIGN(const auto volume, Ext4Volume::open(disk, offset));
    Lister lister(volume, entries);
    TRY(lister.list(ext4_root_inode, ""));
    return lister.take();
}

Result<std::string> read_ext4_file(const std::filesystem::path& image, std::uint64_t offset,
                                   const std::string& path, std::uint64_t limit) {
    TRY_ASSIGN(const auto disk, DiskFile::open(image));
    TRY_ASSIGN(const auto volume, Ext4Volume::open(disk, offset));
    auto content = find_and_read(volume, path, limit);
    if (!content) {
        return fail(content.error(), fmt::format("cannot read {} in the ext4 of {}", path, image.string()));
    }
    return content;
}

}  // namespace rpikit::image
