#include <elf.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/rootfs/rootfs.hpp"
#include "sdk/rootfs/tree_path.hpp"
#include "tests/rootfs/fixtures.hpp"

using namespace rpikit;

namespace {

Result<archive::FileTree> minimal(const board::RootFs& rootfs) {
    return rootfs::make_minimal(rootfs, test::make_elf(64, EM_AARCH64), test::enough_applets());
}

std::string text(const archive::FileTree& tree, const std::string& path) {
    const auto* entry = tree.find(path);
    REQUIRE(entry != nullptr);
    return archive::read_content(*entry).value();
}

std::uint32_t mode(const archive::FileTree& tree, const std::string& path) {
    const auto* entry = tree.find(path);
    REQUIRE(entry != nullptr);
    return entry->mode;
}

}  // namespace

TEST_CASE("the kernel finds init, modprobe and a shell where it looks", "[rootfs]") {
    const auto tree = minimal(test::example_rootfs());
    REQUIRE(tree);
    for (const auto* program : {"/sbin/init", "/bin/sh", "/sbin/modprobe"}) {
        INFO(program);
        CHECK(rootfs::resolve(*tree, program) == "usr/bin/busybox");
    }
    CHECK(mode(*tree, "usr/bin/busybox") == 0755);
}

TEST_CASE("owners, modes and devices are those of a system", "[rootfs]") {
    const auto tree = minimal(test::example_rootfs()).value();
    CHECK(mode(tree, "tmp") == 01777);
    CHECK(mode(tree, "root") == 0700);
    CHECK(mode(tree, "etc/shadow") == 0640);
    CHECK(mode(tree, "etc/passwd") == 0644);
    CHECK(mode(tree, "etc/init.d/rcS") == 0755);
    const auto* console = tree.find("dev/console");
    REQUIRE(console != nullptr);
    CHECK(console->type == archive::FileType::character_device);
    CHECK(console->device_major == 5);
    CHECK(console->device_minor == 1);
    for (const auto& [path, entry] : tree.entries()) {
        INFO(path);
        CHECK(entry.uid == 0);
        CHECK(entry.gid == 0);
        CHECK(entry.mtime == 0);
    }
}

TEST_CASE("what the descriptor says arrives in /etc", "[rootfs]") {
    const auto tree = minimal(test::example_rootfs()).value();
    CHECK(text(tree, "etc/hostname") == "rpi4\n");
    CHECK(text(tree, "etc/hosts").contains("127.0.1.1\trpi4\n"));
    CHECK(text(tree, "etc/modules").contains("\ni2c-dev\n"));
    const auto inittab = text(tree, "etc/inittab");
    CHECK(inittab.contains("::respawn:/etc/init.d/getty ttyAMA0\n"));
    CHECK(inittab.contains("::respawn:/etc/init.d/getty tty1\n"));
    CHECK(text(tree, "etc/shadow").starts_with("root::"));
    CHECK(text(tree, "etc/issue").contains("no password"));
}

TEST_CASE("without a network nothing of DHCP is there", "[rootfs]") {
    auto rootfs = test::example_rootfs();
    const auto with = minimal(rootfs).value();
    CHECK(mode(with, "usr/share/udhcpc/default.script") == 0755);
    CHECK(with.find("etc/resolv.conf")->target == "../run/resolv.conf");

    rootfs.network = "none";
    const auto without = minimal(rootfs).value();
    CHECK(without.find("usr/share/udhcpc/default.script") == nullptr);
    CHECK(without.find("etc/init.d/network") == nullptr);
    CHECK(without.find("etc/resolv.conf")->type == archive::FileType::regular);
}

TEST_CASE("a busybox that cannot carry the system is refused", "[rootfs]") {
    const auto rootfs = test::example_rootfs();
    const auto applets = test::enough_applets();

    auto fewer = applets;
    std::erase(fewer, "udhcpc");
    std::erase(fewer, "login");
    const auto lacking = rootfs::make_minimal(rootfs, test::make_elf(64, EM_AARCH64), fewer);
    REQUIRE_FALSE(lacking);
    CHECK(lacking.error().causes.front() == "missing: login, udhcpc");

    auto quiet = rootfs;
    quiet.network = "none";
    std::erase(fewer, "ip");
    CHECK_FALSE(rootfs::make_minimal(quiet, test::make_elf(64, EM_AARCH64), fewer));
    fewer.emplace_back("login");
    CHECK(rootfs::make_minimal(quiet, test::make_elf(64, EM_AARCH64), fewer));

    const auto foreign = rootfs::make_minimal(rootfs, test::make_elf(64, EM_X86_64), applets);
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().causes.front() == "is built for amd64, the target is arm64");
    CHECK_FALSE(rootfs::make_minimal(rootfs, test::make_elf(64, EM_AARCH64, "/lib/ld.so"), applets));
    CHECK_FALSE(rootfs::make_minimal(rootfs, "#!/bin/sh", applets));
}

TEST_CASE("names that would break a line of a script are refused", "[rootfs]") {
    auto rootfs = test::example_rootfs();
    rootfs.hostname = "my board\nroot::0:0";
    CHECK_FALSE(minimal(rootfs));
    rootfs = test::example_rootfs();
    rootfs.consoles = {"tty1; reboot"};
    CHECK_FALSE(minimal(rootfs));
    rootfs.consoles = {"/dev/tty1"};
    const auto device = minimal(rootfs);
    REQUIRE_FALSE(device);
    CHECK(device.error().hint == "write \"tty1\" in rootfs.consoles");
    rootfs = test::example_rootfs();
    rootfs.modules = {"$(reboot)"};
    CHECK_FALSE(minimal(rootfs));
}
