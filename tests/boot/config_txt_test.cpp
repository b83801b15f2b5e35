#include "sdk/boot/config_txt.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

using namespace rpikit;

namespace {

const std::vector<std::string> pi4_files{"Image.gz",
                                         "bcm2711-rpi-4-b.dtb",
                                         "cmdline.txt",
                                         "config.txt",
                                         "fixup4.dat",
                                         "overlays/README",
                                         "overlays/disable-bt.dtbo",
                                         "overlays/vc4-kms-v3d-pi4.dtbo",
                                         "start4.elf"};

std::vector<boot::Mistake> check(const std::string& text, const std::vector<std::string>& more = {},
                                 const std::string& arch = "arm64") {
    boot::BootPartition partition{.files = pi4_files, .arch = arch};
    partition.files.insert(partition.files.end(), more.begin(), more.end());
    return boot::check_config_txt("kernel=Image.gz\n" + text, partition);
}

/// The only mistake of a text whose lines count from 2.
boot::Mistake mistake(const std::string& text, const std::vector<std::string>& more = {}) {
    const auto found = check(text, more);
    INFO(text);
    REQUIRE(found.size() == 1);
    return found.front();
}

}  // namespace

TEST_CASE("a config.txt as people write them has no mistakes", "[boot]") {
    const auto found = check(
        "# For more options see the documentation, with a comment that is longer than the firmware reads of "
        "a line.....\n"
        "arm_64bit=1\r\n"
        "dtparam=audio=on\n"
        "dtparam=i2c_arm=on,i2c_arm_baudrate=400000\n"
        "gpio=17,22=op,dh\n"
        "over_voltage=-2\n"
        "hdmi_group:0=2\n"
        "hdmi_ignore_edid=0xa5000080\n"
        "device_tree=BCM2711-RPI-4-B.DTB\n"
        "[EDID=VSC-TD2220]\nhdmi_mode:1=82\n"
        "[gpio4=1]\nboot_delay=1\n"
        "[board-type=0x11]\n[0x12345678]\n[pi3+]\n[tryboot]\n"
        "[none]\nkernel=not-there.img\nkernel_address=0x80000\n"
        "[cm4]\notg_mode=1\n"
        "[all]\ndtoverlay=disable-bt\ndtoverlay=\n"
        "camera_auto_detect=1\nenable_uart=1\nuart_2ndstage=1\ngpu_mem=64\n");
    for (const auto& item : found)
        FAIL_CHECK(item.line << ": " << item.message);
}

TEST_CASE("an unknown key names its line and the near match", "[boot]") {
    const auto unknown = mistake("\nenable_uard=1\n");
    CHECK(unknown.line == 3);
    CHECK(unknown.message == "unknown key 'enable_uard'");
    CHECK(unknown.hint == "did you mean 'enable_uart'?");
    CHECK(mistake("zzzzzzzzzz=1\n").hint.empty());
    CHECK(mistake("Enable_uart=1\n").hint == "did you mean 'enable_uart'?");
    CHECK(mistake("hdmi_mode:2=1\n").message == "unknown key 'hdmi_mode:2'");
}

TEST_CASE("filters are those of the firmware", "[boot]") {
    CHECK(mistake("[pi 4]\n[all]\n").message == "unknown filter [pi 4]");
    CHECK(mistake("[ppi4]\n").hint == "did you mean [pi4]?");
    CHECK(mistake("[pi4\n").message.contains("does not end"));
    for (const auto* text :
         {"[EDID=]", "[gpio4=2]", "[gpio=1]", "[board-type=]", "[0xyz]", "[HDMI:2]", "[]"}) {
        CHECK(mistake(text).message.starts_with("unknown filter"));
    }
}

TEST_CASE("malformed lines, which the firmware ignores silently, are mistakes", "[boot]") {
    const std::vector<std::string> there{"initrd.img"};
    CHECK(check("initramfs initrd.img followkernel\n", there).empty());
    CHECK(check("initramfs initrd.img 0x00800000\n", there).empty());
    CHECK(mistake("initramfs=initrd.img followkernel\n", there).hint == "write: initramfs NAME followkernel");
    CHECK(mistake("initramfs = initrd.img\n", there).message.contains("takes no '='"));
    CHECK(mistake("initramfs initrd.img\n", there).message.contains("malformed"));
    CHECK(mistake("initramfs\n", there).message.contains("malformed"));
    CHECK(mistake("initramfs initrd.img followkernl\n", there).message.contains("malformed"));
    CHECK(mistake("include=extra.txt\n").message.contains("takes no '='"));
    CHECK(mistake("enable_uart\n").message == "'enable_uart' has no value");
    CHECK(mistake("enable_uart = 1\n").hint == "write: enable_uart=1");
    CHECK(mistake("enable_uart=on\n").message == "'on' is not a number");
}

TEST_CASE("lines beyond what the firmware reads are mistakes", "[boot]") {
    const std::string start = "dtparam=";
    CHECK(check(start + std::string(98 - start.size(), 'x')).empty());
    const auto long_line = mistake(start + std::string(99 - start.size(), 'x'));
    CHECK(long_line.line == 2);
    CHECK(long_line.message == "the line has 99 characters, the firmware reads 98");
}

TEST_CASE("files that are named but absent are found", "[boot]") {
    const auto kernel = mistake("kernel=Image.g\n");
    CHECK(kernel.line == 2);
    CHECK(kernel.message == "'kernel' names Image.g, which is not on the boot partition");
    CHECK(kernel.hint == "did you mean Image.gz?");
    CHECK(mistake("device_tree=some-other-board.dtb\n").hint == "there is: bcm2711-rpi-4-b.dtb");
    CHECK(mistake("initramfs one,two followkernel\n", {"one"}).message.contains("names two"));
    CHECK(mistake("include extra.txt\n").message.contains("names extra.txt"));
    CHECK(mistake("armstub=stub8.bin\n").hint == "there is no file *.bin on the boot partition");
    CHECK(mistake("kernel=\n").message == "'kernel' names no file");
    CHECK(check("device_tree=\n").empty());
    CHECK(mistake("[cm4]\nkernel=cm4.img\n[all]\n").line == 3);
}

TEST_CASE("overlays are looked for as the firmware does", "[boot]") {
    const auto missing = mistake("dtoverlay=disable-wifi,on\n");
    CHECK(missing.message ==
          "'dtoverlay' names overlays/disable-wifi.dtbo, which is not on the boot partition");
    CHECK(missing.hint.contains("overlays/disable-bt.dtbo"));
    CHECK(check("dtoverlay=disable-bt:older=1\n").empty());
    CHECK(check("overlay_prefix=mine/\ndtoverlay=x\n", {"mine/x.dtbo"}).empty());

    boot::BootPartition partition{.files = pi4_files, .arch = "arm64", .mapped_overlays = {"vc4-kms-v3d"}};
    CHECK(boot::check_config_txt("kernel=Image.gz\ndtoverlay=vc4-kms-v3d\n", partition).empty());
}

TEST_CASE("os_prefix holds as far as the firmware follows it", "[boot]") {
    const std::vector<std::string> prefixed{"new/Image.gz", "new/bcm2711-rpi-4-b.dtb", "new/cmdline.txt"};
    CHECK(check("os_prefix=new/\ncmdline=cmdline.txt\ndtoverlay=disable-bt\n", prefixed).empty());
    CHECK(check("os_prefix=new/\narmstub=/Image.gz\n", prefixed).empty());
    const auto ignored = mistake("os_prefix=old/\n");
    CHECK(ignored.message == "os_prefix=old/ would be ignored: there is no old/Image.gz");
    // With this file there, overlays are no longer shared.
    auto with_readme = prefixed;
    with_readme.emplace_back("new/overlays/README");
    CHECK(mistake("os_prefix=new/\ndtoverlay=disable-bt\n", with_readme)
              .message.contains("names new/overlays/disable-bt.dtbo"));
}

TEST_CASE("the processor's mode fits the kernel", "[boot]") {
    CHECK(mistake("arm_64bit=0\n").message == "arm_64bit=0 with a 64-bit kernel");
    CHECK(check("arm_64bit=0\n", {}, "arm").empty());
    const auto wide = check("", {}, "arm");
    REQUIRE(wide.size() == 1);
    CHECK(wide.front().hint == "add the line: arm_64bit=0");
    CHECK(check("kernel=kernel7l.img\n", {"kernel7l.img"}, "arm").empty());
}

TEST_CASE("a partition that cannot start is told by its blink code", "[boot]") {
    boot::BootPartition empty{.files = {"cmdline.txt"}, .arch = "arm64"};
    const auto found = boot::check_config_txt("", empty);
    REQUIRE(found.size() == 3);
    CHECK(found[0].message.contains("no kernel8.img on the boot partition (7 short blinks)"));
    CHECK(found[1].message.contains("no device tree"));
    CHECK(found[2].message.contains("4 short blinks"));
    // A Raspberry Pi 5 has its firmware in an EEPROM.
    empty.firmware_in_eeprom = true;
    CHECK(boot::check_config_txt("", empty).size() == 2);
}

TEST_CASE("firmware files come in pairs of one release", "[boot]") {
    const auto alone = mistake("", {"start4x.elf"});
    CHECK(alone.message == "start4x.elf has no fixup4x.dat beside it");
    CHECK(mistake("start_x=1\n").hint.contains("start4x.elf and fixup4x.dat"));
    CHECK(check("start_x=1\n", {"start4x.elf", "fixup4x.dat"}).empty());
    CHECK(check("start_debug=0\n").empty());
    CHECK(mistake("start_file=start4.elf\n").message.contains("are a pair"));
    CHECK(check("start_file=start4.elf\nfixup_file=fixup4.dat\n").empty());
}

TEST_CASE("all mistakes are told, in the order of their lines", "[boot]") {
    const auto found = check("dtoverlay=none-such\nunknown=1\n[pi44]\n");
    REQUIRE(found.size() == 3);
    CHECK(found[0].line == 2);
    CHECK(found[1].line == 3);
    CHECK(found[2].line == 4);
}

TEST_CASE("random text is told apart from a config.txt, line by line", "[boot]") {
    std::minstd_rand random(1);
    const std::string alphabet = "kernel=[]:,#\n\n \t=0x9initramfs\xff";
    for (int round = 0; round < 500; ++round) {
        std::string text;
        for (int i = 0; i < 200; ++i)
            text += alphabet[random() % alphabet.size()];
        const auto last = std::ranges::count(text, '\n') + 2;
        for (const auto& item : check(text)) {
            CHECK(item.line >= 0);
            CHECK(item.line <= last);
        }
    }
}
