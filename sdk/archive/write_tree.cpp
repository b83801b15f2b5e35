#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/stream.hpp"
#include "sdk/archive/xz_writer.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::archive {

namespace {

/// Field width of the newc format: eight hexadecimal digits.
constexpr std::uint64_t newc_limit = 0xFFFFFFFF;

struct Free {
    void operator()(::archive* handle) const { archive_write_free(handle); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

mode_t type_bits(FileType type) {
    switch (type) {
        case FileType::regular:
            return AE_IFREG;
        case FileType::directory:
            return AE_IFDIR;
        case FileType::symlink:
            return AE_IFLNK;
        case FileType::character_device:
            return AE_IFCHR;
        case FileType::block_device:
            return AE_IFBLK;
        case FileType::fifo:
            return AE_IFIFO;
    }
    return AE_IFREG;
}

enum class Format { cpio, tar };

class TreeWriter {
  public:
    /// \param descriptor stays the caller's
    TreeWriter(int descriptor, Format format, Compression compression)
        : format_(format), sink_(descriptor, compression) {
        if (format == Format::cpio) {
            archive_write_set_format_cpio_newc(handle_.get());
        } else {
            // ustar where it is enough; pax headers, without the writer's process in them, where it is not.
            archive_write_set_format_pax_restricted(handle_.get());
        }
        // No padding of the whole to a tape's block size.
        archive_write_set_bytes_per_block(handle_.get(), 0);
        if (compression == Compression::gzip) {
            archive_write_add_filter_gzip(handle_.get());
            archive_write_set_filter_option(handle_.get(), "gzip", "timestamp", nullptr);
        } else if (compression == Compression::zstd) {
            archive_write_add_filter_zstd(handle_.get());
        }
    }

    Result<> write(const FileTree& tree) {
        if (archive_write_open(handle_.get(), &sink_, nullptr, write_bytes, nullptr) != ARCHIVE_OK) {
            return fail(error());
        }
        TRY(number(tree));
        // A tar's reader makes a link to what it has read already.
        for (const bool links : {false, true}) {
            for (const auto& [path, entry] : tree.entries()) {
                const bool comes_last = format_ == Format::tar && !entry.hard_link.empty();
                if (!path.empty() && comes_last == links) TRY(write_entry(path, entry));
            }
        }
        if (archive_write_close(handle_.get()) != ARCHIVE_OK) return fail(error());
        return sink_.finish();
    }

  private:
    static la_ssize_t write_bytes(::archive* handle, void* sink, const void* bytes, std::size_t size) {
        const auto written =
            static_cast<XzWriter*>(sink)->write({static_cast<const std::byte*>(bytes), size});
        if (written) return static_cast<la_ssize_t>(size);
        archive_set_error(handle, EIO, "%s", written.error().message.c_str());
        return -1;
    }

    Error error() const { return {.message = archive_error_string(handle_.get())}; }

    /// Counts inode numbers, and the names of each file.
    Result<> number(const FileTree& tree) {
        for (const auto& [path, entry] : tree.entries()) {
            const auto& owner = entry.hard_link.empty() ? path : entry.hard_link;
            const auto* file = tree.find(owner);
            if (file == nullptr || !file->hard_link.empty()) {
                return fail({.message = fmt::format("'/{}' is a link to '/{}', which is no file of its own",
                                                    path, owner)});
            }
            auto& inode = inodes_[owner];
            if (inode.number == 0) inode.number = static_cast<std::int64_t>(inodes_.size());
            ++inode.names;
        }
        return {};
    }

    Result<> write_entry(const std::string& path, const Entry& entry) {
        const auto size = entry.type == FileType::symlink ? entry.target.size() : content_size(entry);
        if (format_ == Format::cpio && size > newc_limit) {
            return fail({.message = fmt::format("'/{}' is too large for an initramfs", path)});
        }
        const auto& inode = inodes_.at(entry.hard_link.empty() ? path : entry.hard_link);
        const std::unique_ptr<archive_entry, Free> header(archive_entry_new());
        archive_entry_copy_pathname(header.get(), path.c_str());
        archive_entry_set_mode(header.get(), type_bits(entry.type) | entry.mode);
        archive_entry_set_uid(header.get(), entry.uid);
        archive_entry_set_gid(header.get(), entry.gid);
        archive_entry_set_mtime(header.get(), entry.mtime, 0);
        if (format_ == Format::cpio) {
            archive_entry_set_ino64(header.get(), inode.number);
            archive_entry_set_nlink(header.get(), inode.names);
        } else if (!entry.hard_link.empty()) {
            archive_entry_copy_hardlink(header.get(), entry.hard_link.c_str());
        }
        archive_entry_set_rdevmajor(header.get(), entry.device_major);
        archive_entry_set_rdevminor(header.get(), entry.device_minor);
        if (entry.type == FileType::symlink) archive_entry_copy_symlink(header.get(), entry.target.c_str());
        archive_entry_set_size(header.get(), static_cast<la_int64_t>(size));
        if (archive_write_header(handle_.get(), header.get()) != ARCHIVE_OK) return fail(error());
        if (entry.type == FileType::regular && entry.hard_link.empty()) return write_content(path, entry);
        return {};
    }

    Result<> write_content(const std::string& path, const Entry& entry) {
        TRY_ASSIGN(const auto content, read_content(entry));
        if (archive_write_data(handle_.get(), content.data(), content.size()) !=
            static_cast<la_ssize_t>(content.size())) {
            return fail(error(), fmt::format("cannot write '/{}'", path));
        }
        return {};
    }

    struct Inode {
        std::int64_t number = 0;
        unsigned names = 0;
    };

    Format format_;
    std::unique_ptr<::archive, Free> handle_{archive_write_new()};
    XzWriter sink_;
    std::map<std::string, Inode> inodes_;
};

Result<> write_tree(const FileTree& tree, const std::filesystem::path& file, Format format,
                    Compression compression) {
    const auto temporary = host::temporary_sibling(file);
    const auto run = [&]() -> Result<> {
        const host::Descriptor descriptor(
            open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!descriptor.valid()) return fail(host::file_error("cannot write", file, errno));
        TRY(TreeWriter(descriptor.get(), format, compression).write(tree));
        if (fsync(descriptor.get()) != 0) return fail(host::file_error("cannot write", file, errno));
        return host::rename_path(temporary, file);
    };
    auto result = run();
    if (result) return result;
    unlink(temporary.c_str());
    return fail(std::move(result).error(), fmt::format("cannot write {}", file.string()));
}

}  // namespace

Result<> write_cpio(const FileTree& tree, const std::filesystem::path& file, Compression compression) {
    return write_tree(tree, file, Format::cpio, compression);
}

Result<> write_tar(const FileTree& tree, const std::filesystem::path& file, Compression compression) {
    return write_tree(tree, file, Format::tar, compression);
}

}  // namespace rpikit::archive
