#include "sdk/emulator/qemu_command.hpp"

#include <fmt/format.h>

#include <bit>

namespace rpikit::emulator {
namespace {

using Arguments = std::vector<std::string>;

// QEMU splits option values at commas; a doubled one stands for itself.
std::string option_value(const std::filesystem::path& path) {
    std::string quoted;
    for (const char c : path.string()) {
        if (c == ',') quoted += ',';
        quoted += c;
    }
    return quoted;
}

void append(Arguments& arguments, std::initializer_list<std::string> more) {
    arguments.insert(arguments.end(), more);
}

void add_disk(Arguments& arguments, const board::Emulator& emulator, const std::filesystem::path& file) {
    auto drive = fmt::format("if={},format=qcow2,file={}", emulator.disk, option_value(file));
    if (!emulator.disk_slot.empty()) drive += ',' + emulator.disk_slot;
    append(arguments, {"-drive", drive});
}

void add_direct_boot(Arguments& arguments, const QemuFiles& files) {
    append(arguments, {"-kernel", files.kernel.string()});
    if (!files.device_tree.empty()) append(arguments, {"-dtb", files.device_tree.string()});
    if (!files.initramfs.empty()) append(arguments, {"-initrd", files.initramfs.string()});
    append(arguments, {"-append", files.cmdline});
}

void add_uefi(Arguments& arguments, const QemuFiles& files) {
    append(arguments,
           {"-drive", "if=pflash,unit=0,format=raw,readonly=on,file=" + option_value(files.uefi_code),
            "-drive", "if=pflash,unit=1,format=raw,file=" + option_value(files.uefi_variables)});
}

}  // namespace

std::vector<std::string> qemu_arguments(const std::filesystem::path& qemu, const board::Emulator& emulator,
                                        const QemuFiles& files, const std::string& accelerator,
                                        bool interactive, bool reboots) {
    Arguments arguments{qemu.string(), "-M", emulator.machine, "-accel", accelerator};
    if (accelerator == "kvm") {
        append(arguments, {"-cpu", "host"});
    } else if (!emulator.cpu.empty()) {
        append(arguments, {"-cpu", emulator.cpu});
    }
    if (!emulator.memory.empty()) append(arguments, {"-m", emulator.memory});
    if (emulator.cpus > 0) append(arguments, {"-smp", std::to_string(emulator.cpus)});
    append(arguments, {"-nodefaults", "-display", "none"});
    // A guest that reboots ends QEMU: a proof is one boot, unless the reboot is to be shown.
    if (!reboots) append(arguments, {"-no-reboot"});
    append(arguments, {"-serial", interactive ? "mon:stdio" : "stdio", "-monitor", "none"});
    add_disk(arguments, emulator, files.disk);
    if (emulator.firmware == "direct") add_direct_boot(arguments, files);
    if (emulator.firmware == "uefi") add_uefi(arguments, files);
    if (emulator.firmware == "u-boot") {
        append(arguments, {std::string(files.u_boot_option), files.u_boot.string()});
    }
    arguments.insert(arguments.end(), emulator.arguments.begin(), emulator.arguments.end());
    return arguments;
}

std::uint64_t disk_size(const std::string& disk, std::uint64_t image_size) {
    return disk == "sd" ? std::bit_ceil(image_size) : image_size;
}

std::vector<std::string> overlay_arguments(const std::filesystem::path& qemu_img,
                                           const std::filesystem::path& image,
                                           const std::filesystem::path& overlay, std::uint64_t size) {
    return {qemu_img.string(),
            "create",
            "-q",
            "-f",
            "qcow2",
            "-F",
            "raw",
            "-b",
            image.string(),
            overlay.string(),
            std::to_string(size)};
}

}  // namespace rpikit::emulator
