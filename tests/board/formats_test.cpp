#include "sdk/board/formats.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace rpikit::board;

namespace {

void passes(format::Complaint (*check)(std::string_view), const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        INFO("\"" << text << "\": " << check(text).value_or(""));
        CHECK_FALSE(check(text));
    }
}

void fails(format::Complaint (*check)(std::string_view), const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        INFO("\"" << text << "\"");
        CHECK(check(text));
    }
}

}  // namespace

TEST_CASE("names and paths cannot leave their folder or pass for an option") {
    passes(format::relative_path, {"a", "broadcom/bcm2711-rpi-4-b.dtb", "a.b/c..d"});
    fails(format::relative_path,
          {"", " ", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "-o", "a\nb", "a\\b"});
    passes(format::file_name, {"start4.elf", "fixup4.dat"});
    fails(format::file_name, {"", ".", "..", "a/b", "/a", "-rf", "a\tb"});
    passes(format::dtb, {"broadcom/bcm2711-rpi-4-b.dtb"});
    fails(format::dtb, {"bcm2711-rpi-4-b", "../bcm.dtb", "/bcm.dtb"});
    passes(format::name, {"mmcblk0p2", "8021q", "snd_bcm2835", "vc4-kms-v3d"});
    fails(format::name, {"", "-a", "a b", "../a", "a/b", ".hidden"});
}

TEST_CASE("host names follow RFC 1123") {
    passes(format::hostname, {"raspberrypi", "a", "A-1", std::string(63, 'x')});
    fails(format::hostname, {"", "-a", "a-", "a.b", "a_b", "a b", "a\n", std::string(64, 'x')});
}

TEST_CASE("addresses are those that git and a download take, and run nothing") {
    passes(format::url,
           {"https://github.com/raspberrypi/linux.git", "ssh://git@host/x", "git://host/x",
            "http://host/x.tar.xz", "file:///srv/linux.git", "git@github.com:raspberrypi/linux.git"});
    fails(format::url,
          {"", "ext::sh -c id", "ext::id", "--upload-pack=id", "-u:x", "https://a b", "linux", "ftp://x/y"});
    passes(format::git_branch, {"rpi-6.12.y", "v6.12", "feature/x"});
    fails(format::git_branch, {"", "--exec", "a..b", "a b", "/a", "a/", ".a", "a;b", "a~1"});
}

TEST_CASE("packages, hashes, prefixes") {
    passes(format::package, {"linux-source-6.12", "libstdc++6", "gcc"});
    fails(format::package, {"", "a", "A-b", "-y", "a b", "a;b", "../x"});
    passes(format::sha256, {std::string(64, 'a')});
    fails(format::sha256, {"", std::string(63, 'a'), std::string(64, 'g'), std::string(64, 'A')});
    passes(format::prefix, {"", "aarch64-linux-gnu-"});
    fails(format::prefix, {"aarch64-linux-gnu", "/opt/x-", "-x-", "a b-"});
}

TEST_CASE("a command line is one line that says where the root is") {
    passes(format::command_line, {"console=tty1 root={root} rootwait"});
    fails(format::command_line, {"", "console=tty1", "root={root}\ninit=/bin/sh", "root={root} {x}",
                                 "{root} {root}", "root={root} " + std::string(2048, 'x')});
}

TEST_CASE("lines of config.txt keep to the firmware's length") {
    passes(format::config_txt_line, {"", "arm_64bit=1", std::string(98, 'x')});
    fails(format::config_txt_line, {std::string(99, 'x'), "a=1\nb=2"});
}

TEST_CASE("device tree names and partition types") {
    passes(format::device_tree_node, {"/", "/soc/mmc@7e300000", "/emmc2bus/mmc@7e340000"});
    fails(format::device_tree_node, {"", "soc", "/soc/", "/a//b", "/a b", "/a\n"});
    passes(format::device_tree_pattern, {"/", "/soc/hdmi@*", "/soc/i2c@7ef0?500", "/soc/mmc@7e300000", "/*"});
    fails(format::device_tree_pattern, {"", "*", "soc/*", "/soc/*/", "/a//*", "/a *", "/[ab]", "/*\n"});
    passes(format::device_tree_property, {"mmc-pwrseq", "#size-cells", "brcm,bus-width"});
    fails(format::device_tree_property, {"", "a b", "a/b", "a\n"});
    passes(format::partition_type, {"0x0c", "0xEF", "21686148-6449-6E6F-744E-656564454649"});
    fails(format::partition_type, {"", "0x", "0c", "0x123", "0xgg", "21686148-6449-6E6F-744E", "linux"});
    passes(format::memory, {"2G", "512M"});
    fails(format::memory, {"", "2 GB", "12", "x"});
}
