#include "sdk/emulator/boot_media.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <vector>

using namespace rpikit;
using namespace rpikit::emulator;

namespace {

ReadFile files(std::map<std::string, std::string> content) {
    return [content = std::move(content)](const std::string& path) -> Result<std::string> {
        if (content.contains(path)) return content.at(path);
        return fail({.message = "no such file: " + path});
    };
}

}  // namespace

TEST_CASE("what config.txt names is what boots") {
    const auto choice = read_config_txt(
        "# comment\narm_64bit=1\nkernel=Image.gz # mainline\ndevice_tree=bcm2711-rpi-4-b.dtb\n"
        "initramfs initrd.gz followkernel\ncmdline=args.txt\n",
        "default.dtb");
    CHECK(choice.kernel == "Image.gz");
    CHECK(choice.device_tree == "bcm2711-rpi-4-b.dtb");
    CHECK(choice.initramfs == "initrd.gz");
    CHECK(choice.cmdline_file == "args.txt");
}

TEST_CASE("an empty config.txt gives the firmware's own names") {
    const auto choice = read_config_txt("", "bcm2711-rpi-4-b.dtb");
    CHECK(choice.kernel == "kernel8.img");
    CHECK(choice.device_tree == "bcm2711-rpi-4-b.dtb");
    CHECK(choice.initramfs.empty());
    CHECK(choice.cmdline_file == "cmdline.txt");
}

TEST_CASE("later lines win, other boards' sections are left out, [all] is read") {
    const auto choice =
        read_config_txt("kernel=a\nkernel=b\n[pi3]\nkernel=c\n[all]\ndevice_tree=d.dtb\n", "");
    CHECK(choice.kernel == "b");
    CHECK(choice.device_tree == "d.dtb");
}

TEST_CASE("os_prefix goes before every name that is set, wherever it stands") {
    const auto choice = read_config_txt("kernel=Image\nos_prefix=v2/\n", "board.dtb");
    CHECK(choice.kernel == "v2/Image");
    CHECK(choice.device_tree == "v2/board.dtb");
    CHECK(choice.cmdline_file == "v2/cmdline.txt");
    CHECK(choice.initramfs.empty());
}

TEST_CASE("an initramfs line with '=' is none, as for the firmware") {
    CHECK(read_config_txt("initramfs=initrd.gz followkernel\n", "").initramfs.empty());
}

TEST_CASE("all files come out of the boot partition") {
    const auto media =
        read_boot_media(files({{"config.txt", "kernel=Image.gz\ninitramfs i.gz followkernel\n"},
                               {"Image.gz", "KERNEL"},
                               {"i.gz", "INITRAMFS"},
                               {"board.dtb", "TREE"},
                               {"cmdline.txt", "root=/dev/mmcblk0p2 rootwait\nsecond line\n"}}),
                        "board.dtb");
    REQUIRE(media);
    CHECK(media->kernel == "KERNEL");
    CHECK(media->device_tree == "TREE");
    CHECK(media->initramfs == "INITRAMFS");
    CHECK(media->cmdline == "root=/dev/mmcblk0p2 rootwait");
}

TEST_CASE("a file that config.txt names but nobody wrote is an error with its name") {
    const auto media = read_boot_media(files({{"config.txt", "kernel=Image.gz\n"}}), "board.dtb");
    REQUIRE_FALSE(media);
    CHECK(media.error().message.find("kernel \"Image.gz\"") != std::string::npos);
    CHECK_FALSE(read_boot_media(files({}), "board.dtb"));
}

TEST_CASE("without a config.txt extlinux.conf says what boots") {
    const auto media = read_boot_media(
        files({{"extlinux/extlinux.conf", "label l0\nkernel /vmlinuz\nfdt /b.dtb\nappend root=/dev/vda2\n"},
               {"vmlinuz", "KERNEL"},
               {"b.dtb", "TREE"}}),
        "");
    REQUIRE(media);
    CHECK(media->kernel == "KERNEL");
    CHECK(media->device_tree == "TREE");
    CHECK(media->cmdline == "root=/dev/vda2");
    const auto lacking =
        read_boot_media(files({{"extlinux/extlinux.conf", "label l0\nkernel /vmlinuz\n"}}), "");
    REQUIRE_FALSE(lacking);
    CHECK(lacking.error().message.contains("extlinux.conf asks for"));
    CHECK(read_boot_media(files({}), "").error().message.contains("neither config.txt nor"));
}

TEST_CASE("the emulator's console takes the place of the board's") {
    const std::vector<std::string> none;
    const std::vector<std::string> more{"panic=-1"};
    const std::string board = "console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootwait";
    CHECK(emulator_cmdline(board, "ttyAMA0", none) == "root=PARTUUID=1-02 rootwait console=ttyAMA0");
    CHECK(emulator_cmdline(board, "ttyAMA0", more) == "root=PARTUUID=1-02 rootwait console=ttyAMA0 panic=-1");
    CHECK(emulator_cmdline("console=ttyS0  quiet", "", none) == "console=ttyS0 quiet");
}
