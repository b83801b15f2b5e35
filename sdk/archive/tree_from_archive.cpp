#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/deb.hpp"
#include "sdk/archive/entry_path.hpp"
#include "sdk/archive/entry_type.hpp"
#include "sdk/archive/reader.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::archive {

namespace {

/// The file that takes the contents of all entries, one behind the other.
class Spool {
  public:
    static Result<Spool> create(const std::filesystem::path& file) {
        host::Descriptor descriptor(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!descriptor.valid()) return fail(host::file_error("cannot write", file, errno));
        return Spool(file, std::move(descriptor));
    }

    /// Takes the reader's current entry. \param size of the entry, holes included \param limit bytes in all
    Result<FileSlice> take(Reader& reader, std::uint64_t size, std::uint64_t limit) {
        FileSlice slice{.file = file_, .offset = end_, .size = size};
        if (size > limit - std::min(limit, end_)) {
            return fail({.message = fmt::format("refused: it unpacks to more than {}", format_size(limit))});
        }
        while (true) {
            TRY_ASSIGN(const auto block, reader.data());
            if (!block) break;
            if (block->offset > size || block->bytes.size() > size - block->offset) {
                return fail({.message = "the archive is damaged: more data than the entry's size"});
            }
            TRY(write(block->bytes, slice.offset + block->offset));
        }
        end_ += size;
        // What no block wrote is a hole, which reads as zeros only when the file reaches beyond it.
        if (ftruncate(descriptor_.get(), static_cast<off_t>(end_)) != 0) return failed();
        return slice;
    }

  private:
    Spool(std::filesystem::path file, host::Descriptor descriptor)
        : file_(std::move(file)), descriptor_(std::move(descriptor)) {}

    std::unexpected<Error> failed() const { return fail(host::file_error("cannot write", file_, errno)); }

    Result<> write(std::span<const std::byte> bytes, std::uint64_t offset) {
        while (!bytes.empty()) {
            const auto count =
                pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return failed();
            bytes = bytes.subspan(static_cast<std::size_t>(count));
            offset += static_cast<std::uint64_t>(count);
        }
        return {};
    }

    std::filesystem::path file_;
    host::Descriptor descriptor_;
    std::uint64_t end_ = 0;
};

Result<FileType> file_type(archive_entry* entry, const std::string& path) {
    if (const auto type = entry_type(entry)) return *type;
    return fail({.message = fmt::format("'{}' is of an unknown kind", path)});
}

void take_xattrs(archive_entry* from, Entry& to) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    archive_entry_xattr_reset(from);
    while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK) {
        to.xattrs.emplace(name, std::string(static_cast<const char*>(value), size));
    }
}

/// Another name for what is in the tree already.
Result<Entry> hard_link(const FileTree& tree, const std::string& path, const char* target, unsigned strip) {
    TRY_ASSIGN(const auto whole, clean_entry_path(target));
    const auto clean = strip_components(whole, strip).value_or("");
    const auto* other = tree.find(clean);
    if (other == nullptr || other->type == FileType::directory) {
        return fail({.message = fmt::format("'{}' is a link to '{}', which is not there", path, clean)});
    }
    Entry link = *other;
    // A second symbolic link with the same text is as good as a hard link to the first.
    if (link.type == FileType::regular && link.hard_link.empty()) link.hard_link = clean;
    return link;
}

Result<Entry> describe(archive_entry* from, const std::string& path, Reader& reader, Spool& spool,
                       std::uint64_t limit) {
    Entry entry{.mode = archive_entry_perm(from) & 07777U,
                .uid = static_cast<std::uint32_t>(archive_entry_uid(from)),
                .gid = static_cast<std::uint32_t>(archive_entry_gid(from)),
                .mtime = archive_entry_mtime(from)};
    TRY_ASSIGN(entry.type, file_type(from, path));
    take_xattrs(from, entry);
    if (entry.type == FileType::regular) {
        const auto size = static_cast<std::uint64_t>(archive_entry_size(from));
        TRY_ASSIGN(entry.content, spool.take(reader, size, limit));
    } else if (entry.type == FileType::symlink) {
        const char* target = archive_entry_symlink(from);
        if (target == nullptr || *target == '\0') {
            return fail({.message = fmt::format("'{}' is a link to nothing", path)});
        }
        entry.target = target;
    } else if (entry.type != FileType::directory && entry.type != FileType::fifo) {
        entry.device_major = static_cast<std::uint32_t>(archive_entry_rdevmajor(from));
        entry.device_minor = static_cast<std::uint32_t>(archive_entry_rdevminor(from));
    }
    return entry;
}

Result<FileTree> read_tree(Reader reader, Spool spool, const UnpackOptions& options) {
    FileTree tree;
    for (std::uint64_t count = 1;; ++count) {
        TRY_ASSIGN(auto* from, reader.next());
        if (from == nullptr) return tree;
        if (count > options.limits.entries) {
            return fail(
                {.message = fmt::format("refused: it holds more than {} entries", options.limits.entries)});
        }
        TRY_ASSIGN(const auto whole, clean_entry_path(archive_entry_pathname(from)));
        const auto path =
            whole.empty() ? std::optional(whole) : strip_components(whole, options.strip_components);
        if (!path) continue;
        const char* target = archive_entry_hardlink(from);
        TRY_ASSIGN(auto entry, target != nullptr
                                   ? hard_link(tree, *path, target, options.strip_components)
                                   : describe(from, *path, reader, spool, options.limits.bytes));
        TRY(tree.add(*path, std::move(entry)));
    }
}

}  // namespace

Result<FileTree> tree_from_archive(const std::filesystem::path& archive, const std::filesystem::path& spool,
                                   const UnpackOptions& options) {
    const auto run = [&]() -> Result<FileTree> {
        TRY_ASSIGN(auto contents, Spool::create(spool));
        if (is_deb(archive)) {
            TRY_ASSIGN(auto deb, open_deb(archive, options.stop, options.progress, decoder_threads()));
            return read_tree(std::move(deb), std::move(contents), options);
        }
        TRY_ASSIGN(auto stream, open_file_stream(archive, options.stop, options.progress));
        TRY_ASSIGN(auto tar, Reader::open(decompressed(std::move(stream), decoder_threads()), Format::tar));
        return read_tree(std::move(tar), std::move(contents), options);
    };
    auto tree = run();
    if (tree || tree.error().kind == ErrorKind::interrupted) return tree;
    return fail(std::move(tree).error(), fmt::format("cannot read {}", archive.string()));
}

}  // namespace rpikit::archive
