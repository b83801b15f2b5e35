#pragma once

#include "sdk/archive/archive.hpp"
#include "sdk/board/board.hpp"
#include "sdk/kconfig/dot_config.hpp"
#include "sdk/kernel/build.hpp"
#include "sdk/rootfs/initramfs_files.hpp"

namespace rpikit::rootfs {

struct InitramfsRequest {
    const board::Board& board;
    const kernel::KernelArtifacts& kernel;
    std::string busybox;                           ///< the content of the target's static busybox
    std::vector<std::string> applets;              ///< that it was built with
    std::vector<board::InitramfsFile> files = {};  ///< beside those of the board
};

/// What the initramfs holds: busybox, init, the modules that the board asks for with all that they need, the
/// root file system's own module, the board's files and hooks. An error for a module, class or file that does
/// not exist.
Result<archive::FileTree> make_initramfs(const InitramfsRequest& request);

/// "gzip", "xz", "zstd", "none"; another name is an error with the near match.
Result<archive::Compression> parse_compression(const std::string& name);

/// Whether a kernel of this configuration can come to its root file system: an error names the symbol when
/// that or its disk's driver is a module and there is no initramfs to load it, when it is not there at all,
/// when the command line says another type, or when the kernel cannot take the initramfs.
Result<> check_root_reachable(const board::Board& board, const kconfig::DotConfig& config,
                              bool has_initramfs);

}  // namespace rpikit::rootfs
