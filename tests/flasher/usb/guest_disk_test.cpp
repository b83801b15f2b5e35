// A board that becomes a disk, on a USB bus and with disks of a guest's own kernel (see usb_guest.hpp).

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "sdk/support/sha256.hpp"
#include "tests/flasher/usb/usb_guest.hpp"

using namespace rpikit;

TEST_CASE("in a guest: a board boots, becomes a disk and is written; a disk in use, or that leaves, is not",
          "[real]") {
    test::UsbGuest guest("init-disk", {"vhci-hcd", "usbip-vudc", "usb_f_mass_storage", "usb-storage",
                                       "sd_mod", "loop", "dm-mod", "raid1"});
    guest.add_program("bin/dmsetup", test::UsbGuest::program("dmsetup"));
    std::mt19937 random(41);
    std::string image(std::size_t{6} << 20, '\0');
    for (auto& byte : image)
        byte = static_cast<char>(random());
    guest.add_text("image.img", image);
    guest.add_text("plan", "read config.txt\nread kernel8.img\ndone x\n");
    const auto console = guest.run();
    INFO(console);
    CHECK(console.contains("board 0: finished"));
    CHECK(console.contains("guest: flash of usb:1-1 ended with 0"));
    CHECK(console.contains("/dev/sda  written and verified: 6.0 MiB"));
    const auto hash = sha256(image);
    CHECK(console.contains("guest: the stick begins as " + hash + "  -, the image is " + hash));
    CHECK(console.contains("guest: behind the image nothing was written"));
    CHECK(console.contains("Test Stick"));
    CHECK(console.contains("10000000abcd"));

    CHECK(console.contains("guest: flash of a stick that left ended with 1"));
    CHECK(console.contains("caused by: the device has left the machine"));
    CHECK(console.contains("hint: put the card in again and start anew"));
    CHECK(console.contains("guest: the stick begins with rpi-kit: this card is not finished."));

    CHECK(console.contains(
        "guest: device mapper: ended with 1, unchanged: error: /dev/loop0 is in use by the mapping held"));
    CHECK(console.contains(
        "guest: LVM: ended with 1, unchanged: error: /dev/loop1 is a physical volume of LVM"));
    CHECK(console.contains(
        "guest: RAID: ended with 1, unchanged: error: /dev/loop2 is a member of the RAID md127"));
    CHECK(console.contains("guest: end"));
    CHECK_FALSE(console.contains("no module"));
    CHECK_FALSE(console.contains("mistake"));
}
