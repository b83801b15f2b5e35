// USB boot on a bus of the kernel's own: a QEMU guest with Debian's stock kernel, in which emulated boards
// (guest/boards.cpp) hang off vhci_hcd. What the emulation is worth is told by another implementation of the
// host, which boots it first.

#include <catch2/catch_test_macros.hpp>

#include "tests/flasher/usb/usb_guest.hpp"

using namespace rpikit;
using test::UsbGuest;

namespace {

struct BootGuest : UsbGuest {
    BootGuest() : UsbGuest("init-boot", {"vhci-hcd"}) {
        add_text("boot-files/2711/kernel8.img", test::guest_kernel_image());
        add_text("boot-files/2711/config.txt", "for this chip\n");
        add_text("secret.txt", "outside\n");
    }
};

}  // namespace

TEST_CASE("in a guest: another host boots the emulated board, as node-raspberrypi-usbboot does it",
          "[real]") {
    const auto modules = test::folder_from("RPIKIT_TEST_USB_HOST", "node_modules/node-raspberrypi-usbboot");
    BootGuest guest;
    guest.add_program("bin/node", UsbGuest::program("node"));
    guest.add_folder("usb-host/node_modules", modules / "node_modules");
    // The package's module for the machine's own C library.
    const auto module = modules / "node_modules/usb/prebuilds/linux-x64/node.napi.glibc.node";
    guest.add_program("usb-host/node_modules/usb/prebuilds/linux-x64/node.napi.glibc.node", module);
    guest.add("usb-host/host.js", UsbGuest::sources() / "host.js");
    guest.add_text(
        "plan-other",
        "size config.txt\nread config.txt\nsize kernel8.img\nread kernel8.img\nread missing.elf\ndone x\n");
    guest.add_text("plan", "read config.txt\nread kernel8.img\ndone x\n");
    const auto console = guest.run();
    INFO(console);
    CHECK(console.contains("other host: 1 steps"));
    CHECK(console.contains("guest: other same 0 config.txt"));
    CHECK(console.contains("guest: other same 0 kernel8.img"));
    CHECK(console.contains("guest: ours same 0 kernel8.img"));
    CHECK(console.contains("guest: end"));
    CHECK_FALSE(console.contains("mistake"));
    CHECK_FALSE(console.contains("not finished"));
}

TEST_CASE("in a guest: four boards at once, on a bus of the kernel's own", "[real]") {
    BootGuest guest;
    guest.add_text(
        "plan",
        "size config.txt\nread config.txt\nread *MAC*dc:a6:32:01:02:03\nsize ../secret.txt\n"
        "read ../secret.txt\nread /secret.txt\nsize kernel8.img\nread kernel8.img\nread missing.elf\n"
        "done x\n");
    const auto console = guest.run();
    INFO(console);
    CHECK(console.contains("guest: rpi-kit ended with 0"));
    for (const std::string board : {"0", "1", "2", "3"}) {
        CHECK(console.contains("board " + board + ": second stage of 106008 bytes"));
        CHECK(console.contains("board " + board + ": size ../secret.txt 0"));
        CHECK(console.contains("board " + board + ": file /secret.txt 0"));
        CHECK(console.contains("board " + board + ": finished"));
        CHECK(console.contains("guest: ours same " + board + " config.txt"));
        CHECK(console.contains("guest: ours same " + board + " kernel8.img"));
    }
    CHECK(console.contains("MAC = dc:a6:32:01:02:03"));
    CHECK(console.contains("guest: end"));
    CHECK_FALSE(console.contains("leaks"));
    CHECK_FALSE(console.contains("mistake"));
}
