#pragma once

#include "sdk/archive/file_tree.hpp"
#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/kernel/build.hpp"

namespace rpikit::rootfs {

/// The minimal root file system: static busybox and its applets, init, getty on the board's consoles, DHCP,
/// hostname, /etc, device nodes. Nothing is written to disk. `root` logs in without a password.
/// \param busybox the content of the target's static busybox, an ELF program for rootfs.debian_arch
/// \param applets what that binary can do; an error names those that the root file system needs and lacks
Result<archive::FileTree> make_minimal(const board::RootFs& rootfs, std::string busybox,
                                       const std::vector<std::string>& applets);

/// The target's static busybox out of the distribution's package. `applets` are those it was built with.
struct Busybox {
    std::string binary;
    std::vector<std::string> applets;
    std::string version;  ///< the package's, for fingerprint and manifest
    std::string sha256;   ///< of the package
};
Result<Busybox> fetch_busybox(const host::Host& host, const std::string& debian_arch, bool offline,
                              const host::Progress& progress = {});

/// The user's own root file system, a folder or a tar. Checked to be one: something to start (/sbin/init,
/// /etc/init, /bin/init or /bin/sh, as the kernel looks for them) that runs on the target, with the program
/// loader it asks for. Missing mount points (/dev, /proc, /sys, /run, /tmp) are added and noted.
/// \param spool where a tar's contents go
/// \param debian_arch the target's architecture as Debian names it: "arm64"
Result<archive::FileTree> load_user_rootfs(const host::Host& host, const std::filesystem::path& source,
                                           const std::filesystem::path& spool,
                                           const std::string& debian_arch);

/// Lays a folder of the host over a root file system: its files take the place of those that are there, are
/// root's, and keep their rights. Folders that are there stay as they are, links to folders are followed.
Result<> add_overlay(archive::FileTree& root, const std::filesystem::path& folder);

/// Adds lib/modules/<release> of the staging folder (below usr/ when the root's lib is a link to usr/lib);
/// modules of the same release that are there already are replaced as a whole.
Result<> add_modules(archive::FileTree& root, const kernel::KernelArtifacts& kernel);

}  // namespace rpikit::rootfs
