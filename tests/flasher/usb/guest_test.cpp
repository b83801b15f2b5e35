// USB boot on a bus of the kernel's own: a QEMU guest with Debian's stock kernel, in which emulated boards
// (guest/boards.cpp) hang off vhci_hcd. What the emulation is worth is told by another implementation of the
// host, which boots it first.

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <set>

#include "sdk/archive/archive.hpp"
#include "sdk/host/program.hpp"
#include "sdk/support/text.hpp"
#include "tests/flasher/usb/fixture.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

const fs::path guest_sources = fs::path(RPIKIT_SOURCE_DIR) / "tests/flasher/usb/guest";

/// The folder that a variable names, as tests/run sets it; skips the test when there is none.
fs::path folder_from(const char* variable, const char* what) {
    const char* value = std::getenv(variable);
    if (value == nullptr || !fs::is_directory(value)) SKIP(variable << " names no folder with " << what);
    return value;
}

class Guest {
  public:
    Guest() : kernel_(folder_from("RPIKIT_TEST_GUEST_KERNEL", "an unpacked linux-image package")) {
        add_program("bin/busybox", program("busybox"));
        add_program("bin/usb_boards", stripped(RPIKIT_USB_BOARDS));
        add_program("bin/rpi-kit", stripped(RPIKIT_PROGRAM));
        add("init", guest_sources / "init", 0755);
        for (const std::string name : {"usb-common", "usbcore", "usbip-core", "vhci-hcd"})
            add("modules/" + name + ".ko", find_below(kernel_ / "lib/modules", name + ".ko"));
        for (const char* folder : {"proc", "sys", "dev", "tmp"})
            REQUIRE(tree_.add_directory(folder));
        REQUIRE(tree_.add("dev/console", {.type = archive::FileType::character_device,
                                          .mode = 0600,
                                          .device_major = 5,
                                          .device_minor = 1}));
        add_text("boot-files/bootcode4.bin", std::string(106'008, 'b'));
        add_text("boot-files/kernel8.img", kernel_image);
        add_text("boot-files/2711/kernel8.img", kernel_image);
        add_text("boot-files/config.txt", "for any chip\n");
        add_text("boot-files/2711/config.txt", "for this chip\n");
        add_text("secret.txt", "outside\n");
    }

    void add_text(const std::string& path, std::string text) {
        REQUIRE(tree_.add_file(path, std::move(text)));
    }
    void add(const std::string& path, const fs::path& file, std::uint32_t mode = 0644) {
        INFO(path << " from " << file);
        REQUIRE(fs::is_regular_file(file));
        REQUIRE(tree_.add(path, {.mode = mode, .content = archive::FileSlice{file, 0, fs::file_size(file)}}));
    }
    void add_folder(const std::string& path, const fs::path& folder) {
        const auto other = archive::tree_from_directory(folder);
        REQUIRE(other);
        REQUIRE(tree_.add_directory(path));
        REQUIRE(tree_.merge(*other, path));
    }
    /// With the libraries that it is linked with, where its loader looks for them.
    void add_program(const std::string& path, const fs::path& file) {
        add(path, file, 0755);
        const auto listed = runner_->run({.argv = {"ldd", file.string()}}, {});
        REQUIRE(listed);
        for (const auto word : split(listed->output, ' ')) {
            const auto library = trim(word.substr(word.find_last_of("\n\t") + 1));
            if (!library.starts_with('/') || !libraries_.insert(std::string(library)).second) continue;
            add(std::string(library.substr(1)), fs::canonical(library), 0755);
        }
    }
    static fs::path program(const std::string& name) {
        const auto found = host::search_program(name, host::Environment::of_this_process());
        if (!found) SKIP("there is no " << name);
        return *found;
    }

    /// Boots it under software emulation. \returns what its console said
    std::string run() {
        const auto initramfs = directory_ / "initramfs";
        REQUIRE(archive::write_cpio(tree_, initramfs, archive::Compression::none));
        fs::path image;
        for (const auto& entry : fs::directory_iterator(kernel_ / "boot")) {
            if (entry.path().filename().string().starts_with("vmlinuz-")) image = entry.path();
        }
        const auto exit = runner_->run({.argv = {program("qemu-system-x86_64").string(),
                                                 "-accel",
                                                 "tcg",
                                                 "-M",
                                                 "q35",
                                                 "-cpu",
                                                 "max",
                                                 "-m",
                                                 "1G",
                                                 "-display",
                                                 "none",
                                                 "-monitor",
                                                 "none",
                                                 "-serial",
                                                 "stdio",
                                                 "-nic",
                                                 "none",
                                                 "-no-reboot",
                                                 "-kernel",
                                                 image.string(),
                                                 "-initrd",
                                                 initramfs.string(),
                                                 "-append",
                                                 "console=ttyS0 quiet panic=-1"}},
                                       {.time_limit = std::chrono::minutes(15)});
        REQUIRE(exit);
        return exit->output;
    }

    const std::string kernel_image = std::string(300'007, 'k') + "end";

  private:
    /// Without what only a debugger reads: the guest's memory is small.
    fs::path stripped(const fs::path& file) const {
        const auto copy = directory_ / file.filename().string();
        const auto exit = runner_->run({.argv = {"strip", "-o", copy.string(), file.string()}}, {});
        REQUIRE((exit && exit->success()));
        return copy;
    }
    static fs::path find_below(const fs::path& folder, const std::string& name) {
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            if (entry.path().filename() == name) return entry.path();
        }
        FAIL(folder << " has no " << name);
        return {};
    }

    test::TempDir directory_;
    std::unique_ptr<host::ProcessRunner> runner_ = host::make_process_runner();
    fs::path kernel_;
    archive::FileTree tree_;
    std::set<std::string> libraries_;
};

}  // namespace

TEST_CASE("in a guest: another host boots the emulated board, as node-raspberrypi-usbboot does it",
          "[real]") {
    const auto modules = folder_from("RPIKIT_TEST_USB_HOST", "node_modules/node-raspberrypi-usbboot");
    Guest guest;
    guest.add_program("bin/node", Guest::program("node"));
    guest.add_folder("usb-host/node_modules", modules / "node_modules");
    // The package's module for the machine's own C library.
    const auto module = modules / "node_modules/usb/prebuilds/linux-x64/node.napi.glibc.node";
    guest.add_program("usb-host/node_modules/usb/prebuilds/linux-x64/node.napi.glibc.node", module);
    guest.add("usb-host/host.js", guest_sources / "host.js");
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
    Guest guest;
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
