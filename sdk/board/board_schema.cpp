#include "sdk/board/board_schema.hpp"

#include <array>

#include "sdk/board/formats.hpp"

namespace rpikit::board {
namespace {

using enum Type;

// clang-format off
constexpr std::array rows = std::to_array<Row>({
    {.key = "extends", .type = string, .format = format::relative_path,
     .doc = "A board or SoC that this one starts from, named from the boards folder without \".toml\"."},
    {.key = "description", .type = string, .required = true, .format = format::not_empty,
     .doc = "The board's name as people know it."},

    {.key = "kernel", .type = table, .required = true, .doc = "Which kernel is built, from what and how."},
    {.key = "kernel.arch", .type = string, .required = true,
     .allowed = "alpha|arc|arm|arm64|csky|hexagon|loongarch|m68k|microblaze|mips|nios2|openrisc|parisc|powerpc|riscv|"
                "s390|sh|sparc|x86|xtensa",
     .doc = "The kernel's ARCH, a folder below arch/."},
    {.key = "kernel.toolchain", .type = string, .required = true, .format = format::name,
     .doc = "The cross compiler: a file in toolchains/, without \".toml\"."},
    {.key = "kernel.cross_compile", .type = string, .format = format::prefix,
     .doc = "The prefix of compiler and binutils (CROSS_COMPILE); empty for the host's own."},
    {.key = "kernel.image", .type = string, .required = true, .format = format::file_name,
     .doc = "The make target of the kernel image, which is its file's name too: Image.gz, bzImage."},
    {.key = "kernel.dtbs", .type = strings, .format = format::dtb,
     .doc = "Device trees below arch/ARCH/boot/dts; {dtb} in config.txt stands for the first one's file name."},
    {.key = "kernel.patches", .type = paths, .format = format::not_empty,
     .doc = "Patches applied to the source in this order."},
    {.key = "kernel.fragments", .type = paths, .format = format::not_empty,
     .doc = "Configuration fragments of this board, put on top of every profile."},
    {.key = "kernel.source_order", .type = strings, .format = format::name,
     .doc = "Names of the sources to use, the preferred one first; without it all of them, as they are listed."},

    {.key = "kernel.source", .type = tables, .required = true,
     .doc = "Where the kernel can be taken from, the preferred one first."},
    {.key = "kernel.source[].name", .type = string, .required = true, .format = format::name,
     .doc = "What --source calls it."},
    {.key = "kernel.source[].provider", .type = string, .required = true, .allowed = "git|distro|archive|dir",
     .doc = "How it is had: a git repository, the distribution's source package, an archive, a folder."},
    {.key = "kernel.source[].url", .type = string, .format = format::url, .only_with = "provider=git|archive",
     .doc = "The address of the repository or archive."},
    {.key = "kernel.source[].branch", .type = string, .required = true, .format = format::git_branch,
     .only_with = "provider=git", .doc = "The branch or tag; the commit is pinned in rpi-kit.lock."},
    {.key = "kernel.source[].package", .type = string, .required = true, .format = format::package,
     .only_with = "provider=distro", .doc = "The source package: linux-source-6.12."},
    {.key = "kernel.source[].alternatives", .type = strings, .format = format::package,
     .only_with = "provider=distro", .doc = "Packages tried in order when `package` is not to be had."},
    {.key = "kernel.source[].sha256", .type = string, .required = true, .format = format::sha256,
     .only_with = "provider=archive", .doc = "The archive's SHA-256."},
    {.key = "kernel.source[].path", .type = path, .format = format::not_empty, .only_with = "provider=archive|dir",
     .doc = "The archive or kernel tree on this machine, relative to this file; never written to."},
    {.key = "kernel.source[].defconfig", .type = string, .format = format::relative_path,
     .doc = "This tree's own configuration for the board, for profiles without a `base`."},
    {.key = "kernel.source[].profile", .type = string, .required = true, .format = format::name,
     .doc = "The profile that this source is built with unless --profile says otherwise."},
    {.key = "kernel.source[].cmdline", .type = string, .format = format::command_line,
     .doc = "Replaces boot.cmdline for this source, where its kernel names devices otherwise."},

    {.key = "kernel.profile", .type = named_tables, .required = true, .format = format::name,
     .doc = "Kernel configurations by name: a base and fragments on top of it."},
    {.key = "kernel.profile.*.base", .type = string, .format = format::relative_path,
     .doc = "The make target to start from (allnoconfig, defconfig); without it the source's `defconfig`."},
    {.key = "kernel.profile.*.fragments", .type = paths, .format = format::not_empty,
     .doc = "Configuration fragments in order; later ones win, and every line of the result must take."},

    {.key = "boot", .type = table, .required = true, .doc = "What the firmware or boot loader reads."},
    {.key = "boot.method", .type = string, .required = true, .format = format::name,
     .doc = "How the board boots: rpi-firmware, or another of docs/adding-a-boot-method.md."},
    {.key = "boot.cmdline", .type = string, .required = true, .format = format::command_line,
     .doc = "The kernel command line; {root} stands for the root partition (PARTUUID=...)."},
    {.key = "boot.config_txt", .type = strings, .format = format::config_txt_line,
     .doc = "The lines of the Raspberry Pi firmware's config.txt; {image} and {dtb} stand for the files' names."},
    {.key = "boot.firmware", .type = strings, .format = format::file_name,
     .doc = "Firmware files put onto the boot partition: start4.elf, fixup4.dat."},
    {.key = "boot.overlays", .type = strings, .format = format::name,
     .doc = "Overlays put onto the boot partition, without \".dtbo\"; without this key all that the kernel has."},

    {.key = "image", .type = table, .required = true, .doc = "The disk image."},
    {.key = "image.table", .type = string, .required = true, .allowed = "mbr|gpt", .doc = "The partition table."},
    {.key = "image.alignment", .type = size, .fallback = "4M",
     .doc = "Partitions start at multiples of it; 4M suits the erase blocks of SD cards."},
    {.key = "image.partition", .type = tables, .required = true, .doc = "The partitions in their order on the disk."},
    {.key = "image.partition[].name", .type = string, .required = true, .format = format::name,
     .doc = "Names the partition; its GPT name, and the label without `label`."},
    {.key = "image.partition[].filesystem", .type = string, .required = true, .allowed = "vfat|ext4|none",
     .doc = "The file system made in it."},
    {.key = "image.partition[].content", .type = string, .required = true, .allowed = "boot|rootfs|empty",
     .doc = "What goes in: the boot files, the root file system, nothing."},
    {.key = "image.partition[].label", .type = string, .format = format::name, .doc = "The file system's label."},
    {.key = "image.partition[].type", .type = string, .format = format::partition_type,
     .doc = "MBR type byte (0x0c) or GPT type GUID; without it what fits the file system."},
    {.key = "image.partition[].size", .type = size, .doc = "Its size; without it as large as its content and `free`."},
    {.key = "image.partition[].free", .type = size, .fallback = "0",
     .doc = "Room left when the size comes from the content."},
    {.key = "image.partition[].bootable", .type = boolean, .fallback = "false",
     .doc = "The active flag of the MBR, legacy_boot of GPT."},

    {.key = "rootfs", .type = table, .required = true, .doc = "The root file system that is made when none is given."},
    {.key = "rootfs.hostname", .type = string, .required = true, .format = format::hostname, .doc = "The host name."},
    {.key = "rootfs.consoles", .type = strings, .format = format::name,
     .doc = "Terminals with a login: console is the kernel's own console, tty1 the first on the screen."},
    {.key = "rootfs.network", .type = string, .fallback = "dhcp", .allowed = "dhcp|none",
     .doc = "How the network is set up."},
    {.key = "rootfs.debian_arch", .type = string, .required = true,
     .allowed = "amd64|arm64|armel|armhf|i386|loong64|mips64el|mipsel|ppc64el|riscv64|s390x",
     .doc = "Debian's name of the architecture, for the packages that busybox and libraries come from."},
    {.key = "rootfs.modules", .type = strings, .format = format::name,
     .doc = "Modules loaded at start, where the kernel has them."},

    {.key = "emulator", .type = table, .doc = "How QEMU runs the image; without it the board is not emulated."},
    {.key = "emulator.machine", .type = string, .format = format::not_empty, .doc = "QEMU's machine: raspi4b, q35."},
    {.key = "emulator.system", .type = string, .format = format::name,
     .doc = "The architecture in qemu-system-...: aarch64, x86_64."},
    {.key = "emulator.memory", .type = string, .format = format::memory, .doc = "Memory as QEMU's -m: 2G."},
    {.key = "emulator.firmware", .type = string, .fallback = "direct", .allowed = "direct|uefi|bios",
     .doc = "What starts the kernel: QEMU itself with the files of the image's boot partition, UEFI, BIOS."},
    {.key = "emulator.disk", .type = string, .fallback = "sd", .allowed = "sd|virtio",
     .doc = "How the image is attached."},
    {.key = "emulator.console", .type = string, .format = format::name,
     .doc = "The kernel's name of the serial port that QEMU connects: ttyAMA0."},
    {.key = "emulator.append", .type = strings, .format = format::not_empty,
     .doc = "More kernel parameters, in the emulator only."},
    {.key = "emulator.arguments", .type = strings, .format = format::not_empty, .doc = "More arguments for QEMU."},
    {.key = "emulator.cpus", .type = integer, .fallback = "0", .doc = "Processors; 0 for the machine's own number."},
    {.key = "emulator.device_tree", .type = tables,
     .doc = "Changes of the device tree that only the emulator gets, for hardware that it does not have."},
    {.key = "emulator.device_tree[].node", .type = string, .required = true, .format = format::device_tree_node,
     .doc = "The node's path."},
    {.key = "emulator.device_tree[].disable", .type = boolean, .fallback = "false",
     .doc = "Sets its status to \"disabled\"."},
    {.key = "emulator.device_tree[].remove", .type = strings, .format = format::device_tree_property,
     .doc = "Properties taken away."},
    {.key = "emulator.device_tree[].flags", .type = strings, .format = format::device_tree_property,
     .doc = "Properties without a value that are added."},

    {.key = "checks", .type = table, .doc = "What `boot --check` looks for in the running system."},
    {.key = "checks.root_device", .type = string, .format = format::name,
     .doc = "The device that must hold the root file system: mmcblk0p2."},
    {.key = "checks.modules", .type = strings, .format = format::name,
     .doc = "Modules of which the first that was built is loaded."},
});
// clang-format on

}  // namespace

std::span<const Row> board_schema() {
    return rows;
}

}  // namespace rpikit::board
