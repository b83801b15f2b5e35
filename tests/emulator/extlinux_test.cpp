#include "sdk/emulator/extlinux.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace rpikit;
using emulator::read_extlinux;

TEST_CASE("the default label of extlinux.conf is what boots") {
    const auto label = read_extlinux(
        "# comment\nmenu title Linux\nprompt 1\ntimeout 30\ndefault l1\n\nlabel l0\n    kernel /old\n"
        "label l1\n    menu label New\n\tkernel\t/vmlinuz\n    initrd /initrd.img\n    fdt /dtbs/board.dtb\n"
        "    append console=ttyS0  root=/dev/vda2 x=a=b\n");
    REQUIRE(label);
    CHECK(label->kernel == "vmlinuz");
    CHECK(label->initramfs == "initrd.img");
    CHECK(label->device_tree == "dtbs/board.dtb");
    CHECK(label->cmdline == "console=ttyS0  root=/dev/vda2 x=a=b");
}

TEST_CASE("without a default the first label boots") {
    CHECK(read_extlinux("label a\nlinux /a\nlabel b\nlinux /b\n")->kernel == "a");
    CHECK(read_extlinux("default none\nlabel a\nlinux /a\n")->kernel == "a");
}

TEST_CASE("an extlinux.conf that starts nothing, or more than the emulator can, is refused") {
    CHECK_FALSE(read_extlinux(""));
    CHECK_FALSE(read_extlinux("default a\nkernel /a\n"));
    CHECK_FALSE(read_extlinux("label a\nappend x\n"));
    CHECK_FALSE(read_extlinux("label a\nkernel /a\nfdtoverlays /a.dtbo\n"));
}
