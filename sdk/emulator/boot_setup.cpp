#include "sdk/emulator/boot_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/emulator/accelerator.hpp"
#include "sdk/emulator/boot_media.hpp"
#include "sdk/emulator/device_tree.hpp"
#include "sdk/emulator/install.hpp"
#include "sdk/emulator/qemu_command.hpp"
#include "sdk/emulator/u_boot.hpp"
#include "sdk/emulator/uefi.hpp"
#include "sdk/host/file.hpp"
#include "sdk/image/disk_file.hpp"
#include "sdk/image/image_reader.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::emulator {
namespace {

namespace fs = std::filesystem;

std::string install_hint(const board::Board& board) {
    return fmt::format("rpi-kit boot {} installs what it needs", board.name);
}

Result<fs::path> find_qemu(const host::Host& host, const std::string& program, const board::Board& board) {
    if (auto found = host.processes.find_program(program, host.environment)) return *found;
    return fail({.message = fmt::format("{} is not installed", program), .hint = install_hint(board)});
}

Result<fs::path> find_machine(const host::Host& host, const board::Board& board) {
    const auto& emulator = board.emulator;
    if (emulator.machine.empty()) {
        return fail(
            {.message = fmt::format("{} has no emulator: its [emulator] names no machine", board.name)});
    }
    const auto program = "qemu-system-" + emulator.system;
    TRY_ASSIGN(fs::path qemu, find_qemu(host, program, board));
    TRY_ASSIGN(const bool known, knows_machine(host, program, emulator.machine));
    if (known) return qemu;
    return fail({.message = fmt::format("{} has no machine \"{}\"", qemu.string(), emulator.machine),
                 .hint = install_hint(board)});
}

/// A file's, or a card's.
Result<std::uint64_t> image_size(const fs::path& image) {
    const auto disk = image::DiskFile::open(image);
    if (disk) return disk->size();
    return fail({.message = fmt::format("cannot read the image {}: {}", image.string(),
                                        join(disk.error().causes, ", ")),
                 .hint = "rpi-kit build makes it"});
}

// The descriptor's partitions are the table's, in order and counted from 1.
Result<image::PartitionEntry> boot_partition(const board::Board& board, const fs::path& image) {
    const auto& described = board.image.partitions;
    const auto boot = std::ranges::find(described, "boot", &board::Partition::content);
    const auto number = static_cast<int>(boot - described.begin()) + 1;
    TRY_ASSIGN(const auto entries, image::read_partitions(image));
    const auto entry = std::ranges::find(entries, number, &image::PartitionEntry::number);
    if (boot == described.end() || entry == entries.end()) {
        return fail({.message = fmt::format("{} has no boot partition", image.string())});
    }
    return *entry;
}

Result<BootMedia> read_media(const board::Board& board, const fs::path& image) {
    TRY_ASSIGN(const auto partition, boot_partition(board, image));
    const auto read = [&](const std::string& path) {
        return image::read_fat_file(image, partition.offset, path);
    };
    const auto& trees = board.kernel.dtbs;
    const auto default_tree = trees.empty() ? std::string() : fs::path(trees.front()).filename().string();
    return read_boot_media(read, default_tree);
}

QemuFiles files_in(const fs::path& folder, const board::Emulator& emulator, const BootMedia& media) {
    QemuFiles files{.disk = folder / "disk.qcow2"};
    if (emulator.firmware == "direct") {
        files.kernel = folder / "kernel";
        if (!media.device_tree.empty()) files.device_tree = folder / "board.dtb";
        if (!media.initramfs.empty()) files.initramfs = folder / "initramfs";
        files.cmdline = emulator_cmdline(media.cmdline, emulator.console, emulator.append);
    }
    if (emulator.firmware == "uefi") files.uefi_variables = folder / "uefi-variables.fd";
    return files;
}

Result<> write_media(const host::Host& host, const board::Emulator& emulator, const QemuFiles& files,
                     const BootMedia& media) {
    if (!files.device_tree.empty()) {
        TRY_ASSIGN(const auto tree, edit_device_tree(media.device_tree, emulator.device_tree));
        for (const auto& node : tree.missing_nodes) {
            host.note(fmt::format("the device tree has no {}, which the emulator settings change", node));
        }
        TRY(host::write_file(files.device_tree, tree.blob));
    }
    TRY(host::write_file(files.kernel, media.kernel));
    if (!files.initramfs.empty()) TRY(host::write_file(files.initramfs, media.initramfs));
    return {};
}

/// What is installed on this machine: UEFI's code, U-Boot.
Result<> find_installed(const board::Emulator& emulator, QemuFiles& files) {
    if (emulator.firmware == "uefi") {
        TRY_ASSIGN(const auto uefi, find_uefi());
        files.uefi_code = uefi.code;
        files.uefi_template = uefi.variables;
    }
    if (emulator.firmware == "u-boot") {
        TRY_ASSIGN(const auto u_boot, find_u_boot(emulator.system));
        files.u_boot = u_boot.file;
        files.u_boot_option = u_boot.option;
    }
    return {};
}

Result<> make_overlay(const host::Host& host, const board::Board& board, const fs::path& image,
                      const fs::path& overlay) {
    TRY_ASSIGN(const fs::path qemu_img, find_qemu(host, "qemu-img", board));
    TRY_ASSIGN(const std::uint64_t size, image_size(image));
    const auto arguments =
        overlay_arguments(qemu_img, fs::absolute(image), overlay, disk_size(board.emulator.disk, size));
    TRY(host::run_checked(host.processes, {.argv = arguments}, {.stop = host.stop}));
    return {};
}

}  // namespace

Result<host::Command> prepare_boot(const host::Host& host, const board::Board& board,
                                   const BootOptions& options, const fs::path& folder, bool interactive) {
    const auto& emulator = board.emulator;
    TRY_ASSIGN(const fs::path qemu, find_machine(host, board));
    TRY(image_size(options.image));
    BootMedia media;
    if (emulator.firmware == "direct") {
        TRY_ASSIGN(media, read_media(board, options.image));
    }
    auto files = files_in(folder, emulator, media);
    if (emulator.firmware == "direct") TRY(write_media(host, emulator, files, media));
    TRY(find_installed(emulator, files));
    if (emulator.firmware == "uefi") {
        TRY_ASSIGN(const auto variables, host::read_file(files.uefi_template));
        TRY(host::write_file(files.uefi_variables, variables));
    }
    TRY(make_overlay(host, board, options.image, files.disk));
    TRY_ASSIGN(const auto accelerator, choose_accelerator(host, emulator, qemu, folder, options.accelerator));
    return host::Command{.argv =
                             qemu_arguments(qemu, emulator, files, accelerator, interactive, options.reboot)};
}

Result<host::Command> plan_boot(const host::Host& host, const board::Board& board,
                                const BootOptions& options) {
    const auto& emulator = board.emulator;
    TRY_ASSIGN(const fs::path qemu, find_machine(host, board));
    TRY(image_size(options.image));
    BootMedia media;
    if (emulator.firmware == "direct") {
        TRY_ASSIGN(media, read_media(board, options.image));
    }
    auto files = files_in(options.work / "boot", emulator, media);
    TRY(find_installed(emulator, files));
    const std::string accelerator = options.accelerator == "kvm" ? "kvm" : "tcg";
    return host::Command{.argv = qemu_arguments(qemu, emulator, files, accelerator, true, options.reboot)};
}

}  // namespace rpikit::emulator
