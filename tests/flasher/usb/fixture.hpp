#pragma once

#include <string>

#include "flasher/usb/session.hpp"
#include "tests/support/fake_usb.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// Waits that a test can afford.
inline usb::Timing quick_timing() {
    using std::chrono::milliseconds;
    return {.settle = milliseconds(0), .poll = milliseconds(1), .come_back = milliseconds(300)};
}

/// A folder with a second stage, three files and one in 2711/ that goes before.
struct BootFolder {
    TempDir directory;
    std::string kernel = std::string(40'000, 'k') + "end";

    BootFolder() {
        directory.write("boot/bootcode4.bin", "second stage's code");
        directory.write("boot/config.txt", "for any chip\n");
        directory.write("boot/2711/config.txt", "for this chip\n");
        directory.write("boot/kernel8.img", kernel);
        directory.write("boot/empty.txt", "");
        directory.write("secret.txt", "outside");
    }
    std::filesystem::path path() const { return directory / "boot"; }
    usb::ServedFolder open(bool overlays = false) const {
        return usb::ServedFolder::open(path(), overlays).value();
    }
};

/// What a board asks for in an ordinary boot.
inline BoardPlan ordinary_plan() {
    return {.wishes = {{0, "config.txt"},
                       {1, "config.txt"},
                       {1, "*MAC*dc:a6:32:01:02:03"},
                       {0, "recovery.elf"},
                       {1, "empty.txt"},
                       {0, "kernel8.img"},
                       {1, "kernel8.img"},
                       {2, "done"}}};
}

}  // namespace rpikit::test
