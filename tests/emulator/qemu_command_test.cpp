#include "sdk/emulator/qemu_command.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace rpikit::emulator;
using rpikit::board::Emulator;
using Arguments = std::vector<std::string>;

namespace {

/// The value behind an option, "" when it is not given.
std::string value(const Arguments& arguments, const std::string& option) {
    const auto found = std::ranges::find(arguments, option);
    return found == arguments.end() ? "" : *std::next(found);
}

bool has(const Arguments& arguments, const std::string& argument) {
    return std::ranges::find(arguments, argument) != arguments.end();
}

const Emulator pi{.machine = "raspi4b",
                  .system = "aarch64",
                  .memory = "2G",
                  .disk = "sd",
                  .arguments = {"-d", "guest_errors"}};

}  // namespace

TEST_CASE("direct boot names kernel, device tree, initramfs and command line") {
    const auto arguments = qemu_arguments("/usr/bin/qemu-system-aarch64", pi,
                                          {.disk = "/t/disk.qcow2",
                                           .kernel = "/t/kernel",
                                           .device_tree = "/t/board.dtb",
                                           .initramfs = "/t/initramfs",
                                           .cmdline = "console=ttyAMA0 root=/dev/mmcblk0p2"},
                                          "tcg", false);
    CHECK(arguments.front() == "/usr/bin/qemu-system-aarch64");
    CHECK(value(arguments, "-M") == "raspi4b");
    CHECK(value(arguments, "-m") == "2G");
    CHECK(value(arguments, "-accel") == "tcg");
    CHECK(value(arguments, "-kernel") == "/t/kernel");
    CHECK(value(arguments, "-dtb") == "/t/board.dtb");
    CHECK(value(arguments, "-initrd") == "/t/initramfs");
    CHECK(value(arguments, "-append") == "console=ttyAMA0 root=/dev/mmcblk0p2");
    CHECK(value(arguments, "-drive") == "if=sd,format=qcow2,file=/t/disk.qcow2");
    CHECK(value(arguments, "-serial") == "stdio");
    CHECK(value(arguments, "-d") == "guest_errors");
    CHECK(has(arguments, "-no-reboot"));
    CHECK_FALSE(has(qemu_arguments("qemu", {}, {}, "tcg", false, true), "-no-reboot"));
    CHECK_FALSE(has(arguments, "-cpu"));
}

TEST_CASE("an interactive console shares its terminal with the monitor") {
    const auto arguments = qemu_arguments("qemu", pi, {.disk = "d"}, "tcg", true);
    CHECK(value(arguments, "-serial") == "mon:stdio");
    CHECK(value(arguments, "-initrd").empty());
}

TEST_CASE("a PC boots its disk through UEFI or BIOS, without -kernel") {
    Emulator pc{
        .machine = "q35", .system = "x86_64", .memory = {}, .firmware = "uefi", .disk = "virtio", .cpus = 2};
    const QemuFiles files{
        .disk = "/t/disk.qcow2", .uefi_code = "/usr/share/OVMF_CODE.fd", .uefi_variables = "/t/variables.fd"};
    const auto uefi = qemu_arguments("qemu", pc, files, "kvm", false);
    CHECK(has(uefi, "if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF_CODE.fd"));
    CHECK(has(uefi, "if=pflash,unit=1,format=raw,file=/t/variables.fd"));
    CHECK(has(uefi, "if=virtio,format=qcow2,file=/t/disk.qcow2"));
    CHECK(value(uefi, "-cpu") == "host");
    CHECK(value(uefi, "-smp") == "2");
    CHECK_FALSE(has(uefi, "-kernel"));

    pc.firmware = "bios";
    const auto bios = qemu_arguments("qemu", pc, files, "tcg", false);
    CHECK_FALSE(has(bios, "-kernel"));
    CHECK(std::ranges::none_of(bios, [](const auto& a) { return a.starts_with("if=pflash"); }));
}

TEST_CASE(
    "a machine without a disk's firmware of its own starts U-Boot, with the processor that the board names") {
    const Emulator virt{.machine = "virt",
                        .system = "aarch64",
                        .memory = "1G",
                        .firmware = "u-boot",
                        .disk = "virtio",
                        .cpu = "cortex-a72"};
    const QemuFiles files{.disk = "/t/disk.qcow2", .u_boot = "/usr/lib/u-boot.bin", .u_boot_option = "-bios"};
    const auto arguments = qemu_arguments("qemu", virt, files, "tcg", false);
    CHECK(value(arguments, "-bios") == "/usr/lib/u-boot.bin");
    CHECK(value(arguments, "-cpu") == "cortex-a72");
    CHECK_FALSE(has(arguments, "-kernel"));
    CHECK(value(qemu_arguments("qemu", virt, files, "kvm", false), "-cpu") == "host");
}

TEST_CASE("a kernel without a device tree gets the machine's own") {
    const auto arguments =
        qemu_arguments("qemu", pi, {.disk = "d", .kernel = "k", .cmdline = "root=/dev/vda2"}, "tcg", false);
    CHECK(value(arguments, "-kernel") == "k");
    CHECK_FALSE(has(arguments, "-dtb"));
}

TEST_CASE("a card goes into the slot that the board boots from") {
    auto board = pi;
    board.disk_slot = "bus=2";
    const auto arguments = qemu_arguments("qemu", board, {.disk = "d"}, "tcg", false);
    CHECK(value(arguments, "-drive") == "if=sd,format=qcow2,file=d,bus=2");
}

TEST_CASE("a comma in a path does not end the option") {
    const auto arguments = qemu_arguments("qemu", pi, {.disk = "/home/a,b/disk.qcow2"}, "tcg", false);
    CHECK(value(arguments, "-drive") == "if=sd,format=qcow2,file=/home/a,,b/disk.qcow2");
}

TEST_CASE("an SD card's size is the next power of two, a disk's its own") {
    CHECK(disk_size("sd", (100 << 20) + 1) == 128 << 20);
    CHECK(disk_size("sd", 128 << 20) == 128 << 20);
    CHECK(disk_size("virtio", (100 << 20) + 512) == (100 << 20) + 512);
}

TEST_CASE("the overlay has the image behind it and a size of its own") {
    const auto arguments = overlay_arguments("qemu-img", "/w/sdcard.img", "/t/disk.qcow2", 1 << 20);
    CHECK(arguments.front() == "qemu-img");
    CHECK(value(arguments, "-b") == "/w/sdcard.img");
    CHECK(value(arguments, "-F") == "raw");
    CHECK(arguments.back() == "1048576");
    CHECK(arguments[arguments.size() - 2] == "/t/disk.qcow2");
}
