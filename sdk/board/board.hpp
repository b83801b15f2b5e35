#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::board {

/// A place to take the kernel from. Exactly the keys of its provider are allowed in the descriptor.
struct KernelSource {
    std::string name;                            ///< what --source names: "raspberrypi", "distro"
    std::string provider;                        ///< "git", "distro", "archive", "dir"
    std::string url = {};                        ///< git, archive
    std::string branch = {};                     ///< git
    std::string package = {};                    ///< distro: "linux-source-6.12"
    std::vector<std::string> alternatives = {};  ///< distro: packages tried when `package` is not to be had
    std::string sha256 = {};                     ///< archive
    std::filesystem::path path = {};             ///< archive file or dir
    std::string defconfig = {};                  ///< what profile "vendor" configures: "bcm2711_defconfig"
    std::string profile = {};                    ///< default profile for this source
    std::string cmdline = {};                    ///< takes the place of Boot::cmdline, unless empty
    Location where = {};
};

/// A kernel configuration by name: a base and fragments on top of it, in order.
struct Profile {
    std::string base;  ///< a make target ("allnoconfig", "defconfig"), or "" for the source's defconfig
    std::vector<std::filesystem::path> fragments = {};  ///< absolute
    bool derive = false;  ///< what the board's devices need is asked for too, before the fragments
    Location where = {};
};

/// What a user says of single devices where a configuration is derived from them: paths in the device tree,
/// or compatibles; '*' and '?' stand for any text and character.
struct DeviceChoices {
    std::vector<std::string> leave_out = {};
    std::vector<std::string> as_module = {};
};

struct Kernel {
    std::string arch;                    ///< the kernel's ARCH: "arm64", "x86"
    std::string cross_compile;           ///< "aarch64-linux-gnu-"
    std::string toolchain;               ///< name of the file in toolchains/
    std::string image;                   ///< make target and file: "Image.gz", "bzImage"
    std::vector<std::string> dtbs = {};  ///< below arch/ARCH/boot/dts: "broadcom/bcm2711-rpi-4-b.dtb"
    /// Absolute; a compiled device tree that stands in for the first of `dtbs` where the kernel has no source
    /// of that name.
    std::filesystem::path dtb_file = {};
    std::vector<std::filesystem::path> patches = {};  ///< absolute, applied in order
    std::vector<KernelSource> sources = {};           ///< in order of preference
    std::map<std::string, Profile> profiles = {};
    std::string default_profile = {};  ///< goes before the source's own; empty: that one
    DeviceChoices devices = {};
    /// Absolute; lists of modaliases, of a machine that ran or of what is plugged in: devices, too.
    std::vector<std::filesystem::path> modaliases = {};
    std::filesystem::path signing_key = {};  ///< absolute; PEM with key and certificate for the modules
    /// Symbols of the drivers that the root file system's disk needs: "MMC_BLOCK".
    std::vector<std::string> root_symbols = {};
};

/// One line of a boot loader's menu; each starts the kernel.
struct MenuEntry {
    std::string title;    ///< "{release}" stands for the kernel's
    std::string cmdline;  ///< kernel command line; empty: Boot::cmdline
    std::string append;   ///< more parameters behind it
};

/// What a boot loader shows before it starts a kernel.
struct Menu {
    unsigned timeout = 3;                 ///< seconds
    std::string style = "menu";           ///< "menu", "hidden", "countdown"
    std::string default_title = {};       ///< of an entry; empty: the first
    unsigned serial = 115200;             ///< baud of the first serial port, which shows the menu too; 0: not
    std::vector<MenuEntry> entries = {};  ///< empty: one, with the kernel's release
};

/// A boot loader that a SoC's ROM reads from a fixed place of the disk, outside all partitions.
struct RawLoader {
    std::string file = {};            ///< below the files of Boot::package or of --firmware
    std::filesystem::path path = {};  ///< instead: a file of the host, absolute
    std::uint64_t offset = 0;         ///< bytes from the disk's start
    Location where = {};
};

/// What the firmware or boot loader reads.
struct Boot {
    std::string method;   ///< "rpi-firmware", "grub", "u-boot", "direct"
    std::string cmdline;  ///< kernel command line; "{root}" stands for PARTUUID=... of the root partition
    std::vector<std::string> config_txt = {};  ///< lines of config.txt (rpi-firmware)
    std::vector<std::string> firmware = {};    ///< files from the firmware package: "start4.elf"
    std::vector<std::string> overlays = {};    ///< names below overlays/, without ".dtbo"
    /// The board's own overlays, absolute: sources (.dts, .dtso) or compiled (.dtbo); applied in this order.
    std::vector<std::filesystem::path> overlay_files = {};
    std::string package = {};             ///< Debian package that the loader is taken from: "u-boot-sunxi"
    std::vector<RawLoader> loaders = {};  ///< for methods that have some (u-boot)
    Menu menu = {};                       ///< for methods that have one (grub, u-boot, direct)
};

struct Partition {
    std::string name;        ///< "boot", "root": also GPT name and file system label unless `label` is set
    std::string filesystem;  ///< "vfat", "ext4", "none"
    std::string content;     ///< "boot", "rootfs", "loader" (what the BIOS starts), "empty"
    std::string label = {};
    std::string type = {};  ///< MBR type byte "0x0c" or GPT type GUID; empty: what fits the file system
    std::optional<std::uint64_t> size = {};  ///< bytes; unset: from the content plus `free`
    std::uint64_t free = 0;                  ///< bytes left free when the size comes from the content
    bool bootable = false;
    Location where = {};
};

struct Image {
    std::string table;                  ///< "mbr" or "gpt"
    std::uint64_t alignment = 4 << 20;  ///< bytes; partitions start at multiples
    std::vector<Partition> partitions = {};
};

struct RootFs {
    std::string hostname;
    std::vector<std::string> consoles = {};  ///< devices that get a getty: "ttyAMA0", "tty1"
    std::string network = "dhcp";            ///< "dhcp" or "none"
    std::string debian_arch;                 ///< "arm64", "amd64": whose busybox-static is taken
    std::vector<std::string> modules = {};   ///< loaded at start, when the kernel has them
    std::filesystem::path overlay = {};      ///< absolute; a folder laid over it, the user's own one too
};

/// A file of the host that is put into the initramfs.
struct InitramfsFile {
    std::filesystem::path source;
    std::string target;  ///< path in the initramfs, without a leading slash
};

/// The small system in memory that finds and mounts the root file system.
struct Initramfs {
    bool enabled = false;
    std::string compression = "gzip";       ///< "gzip", "xz", "zstd", "none"
    std::vector<std::string> modules = {};  ///< loaded by name, in this order
    std::vector<std::string> classes = {};  ///< kinds of modules that are there for devices that ask for them
    std::vector<InitramfsFile> files = {};
    unsigned timeout = 30;  ///< seconds that it waits for the root file system's device
};

/// "FILE" or "FILE:PATH": a file of the host and its path in the initramfs, its own name at the top without
/// one.
InitramfsFile parse_initramfs_file(const std::string& text);

/// One change of the device tree that only the emulator gets.
struct DeviceTreeEdit {
    std::string node;                      ///< path: "/soc/mmc@7e300000"
    bool disable = false;                  ///< status = "disabled"
    std::vector<std::string> remove = {};  ///< properties to delete
    std::vector<std::string> flags = {};   ///< empty properties to set
};

struct Emulator {
    std::string machine;  ///< QEMU's -M; empty: this board cannot be emulated
    std::string system;   ///< "aarch64", "x86_64": qemu-system-...
    std::string memory;   ///< "2G"
    /// "direct": kernel from the image's boot partition; "uefi"; "bios"; "u-boot": QEMU's own build of it
    std::string firmware = "direct";
    std::string disk = "sd";                  ///< "sd", "virtio"
    std::string disk_slot = {};               ///< "bus=2", as QEMU's -drive counts; empty: the first
    std::string console = {};                 ///< console= device in the emulator: "ttyAMA0"
    std::vector<std::string> append = {};     ///< more kernel parameters for the emulator
    std::vector<std::string> arguments = {};  ///< more QEMU arguments
    std::vector<DeviceTreeEdit> device_tree = {};
    unsigned cpus = 0;     ///< 0: the machine's default
    std::string cpu = {};  ///< model, where it is emulated; empty: the machine's default
};

/// What `boot --check` looks for in the running system.
struct Checks {
    std::string root_device = {};           ///< what must hold "/": "mmcblk0p2"
    std::vector<std::string> modules = {};  ///< candidates: the first one that was built is loaded
    /// Patterns of device tree nodes to which no driver may be bound in the emulator, nor to those below
    /// them.
    std::vector<std::string> unbound = {};
};

/// A board, resolved: inheritance applied, every value checked, every path absolute.
struct Board {
    std::string name;  ///< file name without ".toml"
    std::string description;
    /// "built", "booted in QEMU", "booted on hardware"; empty: its file does not say. Never inherited.
    std::string tested = {};
    std::filesystem::path file;
    std::vector<std::filesystem::path> files = {};  ///< `file` and all it extends: what a fingerprint covers
    Kernel kernel;
    Boot boot;
    Image image;
    RootFs rootfs;
    Initramfs initramfs;
    Emulator emulator;
    Checks checks;
};

/// Folders searched for boards, the first that has the name wins.
struct SearchPath {
    std::vector<std::filesystem::path> folders;
    std::filesystem::path toolchains = {};       ///< when set, a board's toolchain must have its file there
    std::vector<std::string> boot_methods = {};  ///< when set, a board's boot method must be one of these
};

/// Finds, loads, resolves and checks a board. All mistakes of a file are in one error: the first as its
/// message and location, the rest as detail lines "file:line:column: message". \param name a board's name or
/// a path to a .toml
Result<Board> load_board(const std::string& name, const SearchPath& search);

/// The names of all boards on the search path, sorted.
std::vector<std::string> list_boards(const SearchPath& search);

}  // namespace rpikit::board
