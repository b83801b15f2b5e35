#include <elf.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/rootfs/rootfs.hpp"
#include "tests/rootfs/fixtures.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

struct UserRoot {
    test::TempDir folder;
    test::FakeProcessRunner processes;
    test::TestHost host{processes};

    void program(const std::string& name, const std::string& content) const {
        fs::permissions(folder.write("root/" + name, content), fs::perms(0755));
    }
    Result<archive::FileTree> load(const std::string& arch = "arm64") {
        return rootfs::load_user_rootfs(host.host(), folder / "root", folder / "spool", arch);
    }
};

}  // namespace

TEST_CASE("a folder with an init for the target is taken, mount points are added", "[rootfs]") {
    UserRoot root;
    root.program("usr/lib/systemd/systemd", test::make_elf(64, EM_AARCH64, "/lib/ld-linux-aarch64.so.1"));
    root.program("usr/lib/ld-linux-aarch64.so.1", test::make_elf(64, EM_AARCH64));
    fs::create_directories(root.folder / "root/usr/sbin");
    fs::create_symlink("usr/lib", root.folder / "root/lib");
    fs::create_symlink("usr/sbin", root.folder / "root/sbin");
    fs::create_symlink("/lib/systemd/systemd", root.folder / "root/usr/sbin/init");
    fs::create_directories(root.folder / "root/proc");
    const auto tree = root.load();
    REQUIRE(tree);
    REQUIRE(tree->find("dev") != nullptr);
    CHECK(tree->find("tmp")->mode == 01777);
    CHECK(tree->find("usr/lib/systemd/systemd")->uid == 0);
    REQUIRE(root.host.notes.size() == 1);
    CHECK(root.host.notes[0] == "added to the root file system: /dev, /run, /sys, /tmp");
}

TEST_CASE("a tar keeps owners, modes, links and devices", "[rootfs]") {
    UserRoot root;
    root.program("bin/busybox", test::make_elf(64, EM_AARCH64));
    fs::create_hard_link(root.folder / "root/bin/busybox", root.folder / "root/bin/sh");
    root.program("usr/bin/passwd", "set-uid");
    fs::permissions(root.folder / "root/usr/bin/passwd", fs::perms(04755));
    const auto runner = host::make_process_runner();
    const auto packed = host::run_checked(
        *runner,
        {.argv = {"tar", "--numeric-owner", "--owner=33", "--group=44", "-C", (root.folder / "root").string(),
                  "-czf", (root.folder / "root.tar.gz").string(), "."}});
    REQUIRE(packed);
    const auto tree = rootfs::load_user_rootfs(root.host.host(), root.folder / "root.tar.gz",
                                               root.folder / "spool", "arm64");
    if (!tree) FAIL(render(tree.error(), false));
    const auto* passwd = tree->find("usr/bin/passwd");
    REQUIRE(passwd != nullptr);
    CHECK(passwd->uid == 33);
    CHECK(passwd->gid == 44);
    CHECK(passwd->mode == 04755);
    CHECK(archive::read_content(*passwd).value() == "set-uid");
    CHECK((tree->find("bin/sh")->hard_link == "bin/busybox" ||
           tree->find("bin/busybox")->hard_link == "bin/sh"));
}

TEST_CASE("a root file system for another architecture is refused", "[rootfs]") {
    UserRoot root;
    root.program("sbin/init", test::make_elf(64, EM_X86_64));
    const auto tree = root.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message.contains("cannot be the root file system"));
    CHECK(tree.error().causes.back() == "/sbin/init is built for amd64, the target is arm64");
    CHECK(root.load("amd64"));
}

TEST_CASE("a missing program loader is named", "[rootfs]") {
    UserRoot root;
    root.program("sbin/init", test::make_elf(64, EM_AARCH64, "/lib/ld-linux-aarch64.so.1"));
    const auto tree = root.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().causes.back() == "/sbin/init needs /lib/ld-linux-aarch64.so.1, which is missing");
}

TEST_CASE("an init that is a script needs its shell", "[rootfs]") {
    UserRoot root;
    root.program("sbin/init", "#!/bin/sh -e\nexec getty\n");
    const auto without = root.load();
    REQUIRE_FALSE(without);
    CHECK(without.error().causes.back() == "/bin/sh is missing or cannot be executed");
    root.program("bin/sh", test::make_elf(64, EM_AARCH64));
    CHECK(root.load());
}

TEST_CASE("a folder with nothing to start says what was looked for", "[rootfs]") {
    UserRoot root;
    root.folder.write("root/etc/passwd", "root::0:0::/:/bin/sh\n");
    root.folder.write("root/sbin/init", "not executable");
    const auto tree = root.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().causes[1] == "looked for /sbin/init, /etc/init, /bin/init, /bin/sh");
}

TEST_CASE("a root file system one folder down is pointed to", "[rootfs]") {
    UserRoot root;
    root.program("bookworm/sbin/init", test::make_elf(64, EM_AARCH64));
    const auto tree = root.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().hint.contains("tar -C bookworm -cf rootfs.tar ."));
}

TEST_CASE("what does not exist or is a device is refused", "[rootfs]") {
    UserRoot root;
    CHECK_FALSE(root.load());
    CHECK_FALSE(rootfs::load_user_rootfs(root.host.host(), "/dev/null", root.folder / "spool", "arm64"));
}

TEST_CASE("files that may not be read are found before anything is written", "[rootfs]") {
    if (geteuid() == 0) SKIP("root may read everything");
    UserRoot root;
    root.program("sbin/init", test::make_elf(64, EM_AARCH64));
    fs::permissions(root.folder.write("root/etc/shadow", "secret"), fs::perms::none);
    const auto tree = root.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().detail == "  /etc/shadow\n");
    CHECK(tree.error().hint.starts_with("sudo tar -C "));
}
