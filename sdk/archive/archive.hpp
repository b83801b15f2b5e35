#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sdk/archive/file_tree.hpp"
#include "sdk/host/host.hpp"

namespace rpikit::archive {

/// How much a hostile archive may ask for before it is refused.
struct Limits {
    std::uint64_t bytes = std::uint64_t{16} << 30;  ///< unpacked
    std::uint64_t entries = 2'000'000;
};

struct UnpackOptions {
    unsigned strip_components = 0;  ///< leading path parts to drop, as tar's option
    bool read_only = false;         ///< nobody may write to what is unpacked, folders included
    Limits limits = {};
    std::stop_token stop = {};
    host::Progress progress = {};  ///< compressed bytes read of all
};

/// Unpacks a tar (plain, xz, gzip, zstd, bzip2, lz4) into a folder that exists and is empty. Refuses absolute
/// names, "..", links that lead out, and devices; owners are ours, set-id bits dropped, modes and times as in
/// the archive whatever the umask.
Result<> unpack(const std::filesystem::path& archive, const std::filesystem::path& folder,
                const UnpackOptions& options);

/// Unpacks a .deb's data archive the same way; absolute links, which mean the target's root, are made to
/// point into the folder. \param keep when set, only paths for which it is true
Result<> unpack_deb(const std::filesystem::path& deb, const std::filesystem::path& folder,
                    const UnpackOptions& options,
                    const std::function<bool(const std::string& path)>& keep = {});

/// Unpacks the one archive that lies inside a .deb (usr/src/linux-source-6.12.tar.xz) in one pass, never
/// writing it.
/// \param member path inside the package, without leading "./"
Result<> unpack_archive_in_deb(const std::filesystem::path& deb, const std::string& member,
                               const std::filesystem::path& folder, const UnpackOptions& options);

/// The tree of a folder: modes and links as they are, owners 0:0, names sorted. Contents stay on disk.
Result<FileTree> tree_from_directory(const std::filesystem::path& folder);

/// The tree of a tar or .deb data archive with its owners, modes, devices and xattrs. Contents go to the
/// `spool` file in one pass.
Result<FileTree> tree_from_archive(const std::filesystem::path& archive, const std::filesystem::path& spool,
                                   const UnpackOptions& options = {});

/// One file out of a .deb, in memory. \param limit bytes
Result<std::string> read_from_deb(const std::filesystem::path& deb, const std::string& member,
                                  std::uint64_t limit = std::uint64_t{64} << 20);

enum class Compression { none, gzip, xz, zstd };

/// Writes a newc cpio (the initramfs format, Documentation/driver-api/early-userspace/buffer-format.rst), the
/// same bytes for the same tree: inode numbers counted, times as in the tree, no name or clock in the gzip
/// header.
Result<> write_cpio(const FileTree& tree, const std::filesystem::path& file, Compression compression);

/// Writes a tar (ustar, with pax headers where a name or a size needs them), the same bytes for the same
/// tree: names sorted, times as in the tree, owners as numbers alone. Extended attributes are left out.
Result<> write_tar(const FileTree& tree, const std::filesystem::path& file, Compression compression);

}  // namespace rpikit::archive
