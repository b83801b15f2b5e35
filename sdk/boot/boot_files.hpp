#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/archive/file_tree.hpp"
#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/kernel/build.hpp"

namespace rpikit::boot {

/// A kernel of an earlier build, which the boot menu offers beside the new one.
struct KeptKernel {
    kernel::KernelArtifacts kernel;
    std::filesystem::path initramfs = {};  ///< its own; empty: none
};

struct BootInputs {
    const board::Board& board;
    const kernel::KernelArtifacts& kernel;
    std::filesystem::path firmware;            ///< folder with start4.elf and its kin
    std::string root;                          ///< what stands for {root}: "PARTUUID=1234abcd-02"
    std::filesystem::path initramfs = {};      ///< empty: none
    std::vector<KeptKernel> kept = {};         ///< the latest first
    std::string boot_uuid = {};                ///< of the boot partition's file system, as blkid shows it
    std::uint64_t loader_offset = 0;           ///< bytes from the disk's start to the loader's partition
    const host::Host* host = nullptr;          ///< for methods that run tools
    std::filesystem::path kernel_source = {};  ///< the tree the kernel was made of; empty when it is gone
    std::filesystem::path work = {};  ///< a folder for the tools' output; stays until the image is written
};

/// A file that lies on the disk outside all partitions, where a SoC's ROM looks for it.
struct RawFile {
    std::string name;          ///< as messages call it
    std::uint64_t offset = 0;  ///< bytes from the disk's start
    archive::Entry entry;      ///< a regular file
    Location where = {};       ///< in the descriptor
};

/// What a PC's BIOS or a SoC's ROM starts: it knows sectors alone, no file system.
struct Loader {
    std::string boot_code;          ///< for the disk's first sector
    archive::FileTree tree;         ///< the one file of the partition with content = "loader"
    std::vector<RawFile> raw = {};  ///< outside the partitions
};

/// Where the firmware files are: the user's folder, or the distribution's package unpacked in the store: the
/// boot method's own (raspi-firmware), or the board's boot.package for the board's architecture.
struct Firmware {
    std::filesystem::path folder;
    std::string identity;  ///< package version and hash, or a hash of the folder's used files
};
Result<Firmware> fetch_firmware(const host::Host& host, const board::Board& board,
                                const std::filesystem::path& user_folder, bool offline,
                                const host::Progress& progress = {});

/// What BIOS or ROM starts; empty for boards that have no place for it, an error for methods that have none.
Result<Loader> make_loader(const BootInputs& inputs);

/// The files of the boot partition for the board's boot method, all checked: unknown config.txt keys (near
/// match named), files named there but absent, malformed `initramfs` lines, start4.elf with its fixup4.dat.
Result<archive::FileTree> make_boot_files(const BootInputs& inputs);

}  // namespace rpikit::boot
