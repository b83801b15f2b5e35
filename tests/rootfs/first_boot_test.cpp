// Settings that came with the card, taken over by the script that the root file system starts with.
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "sdk/archive/settings_slot.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/process.hpp"
#include "sdk/rootfs/system_files.hpp"
#include "sdk/support/text.hpp"
#include "tests/rootfs/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

namespace fs = std::filesystem;

/// The minimal root's /etc, /home and /root in a folder, with the host's programs seen beside them.
struct Board {
    test::TempDir folder;

    Board() {
        for (const auto* name : {"etc", "home", "root"})
            fs::create_directories(folder / name);
        for (const auto& file : rootfs::settings_files(test::example_rootfs()))
            write(file);
        for (const auto& file : rootfs::start_scripts(test::example_rootfs()))
            write(file);
    }
    void write(const rootfs::SystemFile& file) const {
        if (!file.path.starts_with("etc/")) return;
        fs::permissions(folder.write(file.path, file.content), static_cast<fs::perms>(file.mode));
    }
    void settings(std::string_view lines) const {
        folder.write("etc/first-boot", archive::filled_settings_slot(lines).value());
    }
    /// \returns what it said
    std::string start() const {
        const auto runner = host::make_process_runner();
        std::vector<std::string> argv{"bwrap",   "--dev",     "/dev",      "--ro-bind", "/usr",
                                      "/usr",    "--symlink", "usr/bin",   "/bin",      "--symlink",
                                      "usr/lib", "/lib",      "--symlink", "usr/lib64", "/lib64"};
        for (const std::string name : {"etc", "home", "root"}) {
            argv.insert(argv.end(), {"--bind", (folder / name).string(), "/" + name});
        }
        argv.emplace_back("/etc/init.d/first-boot");
        const auto exit = runner->run({.argv = argv}, {});
        REQUIRE(exit);
        INFO(exit->output);
        CHECK(exit->success());
        return exit->output;
    }
    std::string read(const std::string& path) const {
        return host::read_file(folder / path).value_or("(none)");
    }
};

}  // namespace

TEST_CASE("a card without settings starts as it was built", "[rootfs]") {
    const Board board;
    CHECK(board.start().empty());
    CHECK(board.read("etc/hostname") == "rpi4\n");
    CHECK(board.read("etc/first-boot") == archive::empty_settings_slot());
}

TEST_CASE("settings on a card are taken over once, and their secrets removed", "[rootfs]") {
    const Board board;
    board.settings(
        "hostname=kitchen\nuser=eva\npassword=$6$salt$hash/.\nssh-key=ssh-ed25519 AAAA eva@desk\n"
        "ssh-key=ssh-rsa BBBB=\nwifi-ssid=68656c6c6f\nwifi-key=0123abcd\n");
    CHECK(board.start().contains("no wpa_supplicant is installed"));

    CHECK(board.read("etc/hostname") == "kitchen\n");
    CHECK(board.read("etc/hosts").contains("127.0.1.1\tkitchen\n"));
    CHECK_FALSE(board.read("etc/hosts").contains("rpi4"));
    CHECK(board.read("etc/passwd").contains("\neva:x:1000:1000::/home/eva:/bin/sh\n"));
    CHECK(board.read("etc/shadow").contains("\neva:$6$salt$hash/.::0:99999:7:::\n"));
    CHECK(board.read("etc/shadow").starts_with("root:::"));
    CHECK(board.read("etc/group").contains("\neva:x:1000:\n"));
    CHECK(board.read("home/eva/.ssh/authorized_keys") == "ssh-ed25519 AAAA eva@desk\nssh-rsa BBBB=\n");
    CHECK((fs::status(board.folder / "home/eva").permissions() & fs::perms::others_all) == fs::perms::none);
    CHECK(board.read("etc/wpa_supplicant/wpa_supplicant.conf") ==
          "network={\n    ssid=68656c6c6f\n    psk=0123abcd\n}\n");
    CHECK_FALSE(fs::exists(board.folder / "etc/first-boot"));
    CHECK(board.start().empty());  // the next start
}

TEST_CASE("without a user, keys are root's; a network without a secret is an open one", "[rootfs]") {
    const Board board;
    board.settings("ssh-key=ssh-ed25519 AAAA me\nwifi-ssid=61\nwifi-key=none\n");
    board.start();
    CHECK(board.read("root/.ssh/authorized_keys") == "ssh-ed25519 AAAA me\n");
    CHECK(board.read("etc/wpa_supplicant/wpa_supplicant.conf").contains("key_mgmt=NONE"));
    CHECK(board.read("etc/hostname") == "rpi4\n");
}

TEST_CASE("a settings slot is told from other bytes and never grows", "[rootfs]") {
    const auto empty = archive::empty_settings_slot();
    CHECK(empty.size() == archive::settings_slot_size);
    CHECK(archive::is_empty_settings_slot(std::as_bytes(std::span(empty))));
    const auto filled = archive::filled_settings_slot("hostname=a\n").value();
    CHECK(filled.size() == archive::settings_slot_size);
    CHECK_FALSE(archive::is_empty_settings_slot(std::as_bytes(std::span(filled))));
    CHECK_FALSE(archive::is_empty_settings_slot(std::as_bytes(std::span(empty).first(4095))));
    const auto large = archive::filled_settings_slot(std::string(4096, 'x'));
    REQUIRE_FALSE(large);
    CHECK(large.error().message.contains("4096 bytes"));
}
