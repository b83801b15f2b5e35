#include "flasher/usb/served_folder.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/flasher/usb/fixture.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

std::string content(const usb::ServedFile& file) {
    std::string bytes(file.size(), '\0');
    REQUIRE(file.read_at(0, std::as_writable_bytes(std::span(bytes))));
    return bytes;
}

/// The content of what a name leads to, "missing", or "refused".
std::string found(const usb::ServedFolder& folder, std::string_view name, const std::string& port = "1-1") {
    const auto lookup = folder.find(port, name);
    REQUIRE(lookup);
    if (!lookup->refusal.empty()) {
        CHECK(lookup->file == nullptr);
        return "refused";
    }
    return lookup->file ? content(*lookup->file) : "missing";
}

}  // namespace

TEST_CASE("a file is looked for in the overlay, in 2711, in the folder, in bootfiles.bin") {
    const test::BootFolder boot;
    boot.directory.write("boot/1-1/config.txt", "for this board\n");
    CHECK(found(boot.open(true), "config.txt") == "for this board\n");
    CHECK(found(boot.open(true), "config.txt", "1-2") == "for this chip\n");
    CHECK(found(boot.open(false), "config.txt") == "for this chip\n");
    fs::remove_all(boot.path() / "2711");
    CHECK(found(boot.open(), "config.txt") == "for any chip\n");
    CHECK(found(boot.open(), "2711") == "missing");
    CHECK(found(boot.open(), "nothing") == "missing");
    CHECK(found(boot.open(), "config.txt/x") == "missing");
    CHECK(found(boot.open(), std::string(255, 'n')) == "missing");
}

TEST_CASE("no name leads out of the folder") {
    const test::BootFolder boot;
    const auto served = boot.open(true);
    const auto secret = (boot.directory / "secret.txt").string();
    for (const std::string& name : std::vector<std::string>{
             "..",
             "../secret.txt",
             "../../secret.txt",
             "./../secret.txt",
             "x/../../secret.txt",
             "2711/../../secret.txt",
             "2711/..",
             "..//secret.txt",
             "..\\secret.txt\x01",
             "config.txt/..",
             "config.txt/../../secret.txt",
             "/etc/passwd",
             "//etc/passwd",
             "/proc/self/environ",
             "/proc/self/root/etc/passwd",
             "/dev/mem",
             "/",
             "///",
             secret,
             "con\nfig.txt",
             "config.txt\x7f",
             "\x1b[31mconfig.txt",
             "config.txt\t",
             "\xff\xfe",
             "\xc3\xa9.txt",
             "\xe2\x80\xae.txt",
             "\xc0\xae\xc0\xae/secret.txt",
             std::string("config.txt\0x", 12),
             std::string("\0", 1),
             "a/b/c/d/../../../../../secret.txt",
         }) {
        INFO(name);
        CHECK(found(served, name) == "refused");
    }
    // These are odd and lead nowhere else.
    for (const char* name : {"./config.txt", "2711//config.txt", "2711/./config.txt", "//"})
        CHECK(found(served, name) != "outside");
    for (const char* name :
         {"...", "..x", "x..", "%2e%2e/secret.txt", "..%2fsecret.txt", "..\\secret.txt", "~", "~root/x",
          "C:\\x", "config.txt ", "CONFIG.TXT", "$(id)", "`id`", "config.txt\\"})
        CHECK(found(served, name) == "missing");
}

TEST_CASE("no symbolic link leads out of the folder") {
    const test::BootFolder boot;
    const auto link = [&](const std::string& name, const fs::path& target) {
        fs::create_symlink(target, boot.path() / name);
    };
    link("relative", "../secret.txt");
    link("absolute", boot.directory / "secret.txt");
    link("to-passwd", "/etc/passwd");
    link("to-proc", "/proc/self/environ");
    link("to-fd", "/proc/self/fd/0");
    link("to-root", "/");
    link("to-parent", "..");
    link("back-in", fs::path("../boot/config.txt"));
    link("absolute-inside", boot.path() / "config.txt");
    link("chain", "relative");
    link("1-1", "..");
    fs::create_directory(boot.path() / "folder");
    link("folder/up", "../../secret.txt");
    link("folder/up-twice", "../..");
    const auto served = boot.open(false);
    for (const char* name :
         {"relative", "absolute", "to-passwd", "to-proc", "to-fd", "to-root/etc/passwd",
          "to-parent/secret.txt", "back-in", "absolute-inside", "chain", "folder/up",
          "folder/up-twice/secret.txt", "folder/up-twice/boot/config.txt", "1-1/secret.txt"}) {
        INFO(name);
        CHECK(found(served, name) == "refused");
    }
    // The overlay's folder is a link, too.
    CHECK(found(boot.open(true), "secret.txt") == "refused");
    // A link that is refused does not let the same name be found elsewhere.
    link("2711/kernel8.img", "../../secret.txt");
    CHECK(found(served, "kernel8.img") == "refused");

    link("inside", "2711/config.txt");
    link("folder/up-inside", "../config.txt");
    link("loop", "loop");
    link("dangling", "nowhere");
    CHECK(found(served, "inside") == "for this chip\n");
    CHECK(found(served, "folder/up-inside") == "for any chip\n");
    CHECK(found(served, "loop") == "refused");
    CHECK(found(served, "dangling") == "missing");
}

TEST_CASE("what is no file is missing, and never opened") {
    const test::BootFolder boot;
    REQUIRE(::mkfifo((boot.path() / "pipe").c_str(), 0600) == 0);
    const auto served = boot.open();
    // Opening a pipe that nobody writes to would wait for ever.
    CHECK(found(served, "pipe") == "missing");
    CHECK(found(served, "2711/") == "missing");
    CHECK(found(served, ".") == "missing");
    if (::geteuid() == 0 && ::mknod((boot.path() / "zero").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0)
        CHECK(found(served, "zero") == "missing");
}

TEST_CASE("a folder or file that cannot be read is an error") {
    const test::BootFolder boot;
    CHECK_FALSE(usb::ServedFolder::open(boot.path() / "none", false));
    CHECK_FALSE(usb::ServedFolder::open(boot.path() / "config.txt", false));
    if (::geteuid() == 0) return;  // root reads all
    fs::permissions(boot.path() / "kernel8.img", fs::perms::none);
    CHECK_FALSE(boot.open().find("1-1", "kernel8.img"));
}
