#include <catch2/catch_test_macros.hpp>

#include "sdk/rootfs/initramfs.hpp"

using namespace rpikit;

namespace {

struct Kernel {
    board::Board board;
    kconfig::DotConfig config;

    explicit Kernel(const std::string& filesystem) {
        board.name = "rpi4";
        board.boot.cmdline = "console=tty1 root={root} rootwait";
        board.kernel.root_symbols = {"MMC_BLOCK"};
        board.initramfs.compression = "gzip";
        board.image.partitions = {{.name = "boot", .filesystem = "vfat", .content = "boot"},
                                  {.name = "root",
                                   .filesystem = filesystem,
                                   .content = "rootfs",
                                   .where = {.file = "rpi4.toml", .line = 7, .column = 1}}};
        for (const auto* symbol : {"MMC_BLOCK", "EXT4_FS", "BLK_DEV_INITRD", "RD_GZIP", "BINFMT_SCRIPT",
                                   "DEVTMPFS", "PROC_FS", "SYSFS"}) {
            config.set(symbol, "y");
        }
    }
    Result<> check(bool initramfs) const { return rootfs::check_root_reachable(board, config, initramfs); }
    Error refused(bool initramfs) const {
        const auto checked = check(initramfs);
        REQUIRE_FALSE(checked);
        return checked.error();
    }
};

}  // namespace

TEST_CASE("a kernel with all of it built in needs no initramfs and may have one", "[rootfs]") {
    const Kernel kernel("ext4");
    CHECK(kernel.check(false));
    CHECK(kernel.check(true));
}

TEST_CASE("a root file system that is a module is refused without an initramfs, by name and with the cure",
          "[rootfs]") {
    Kernel kernel("f2fs");
    kernel.config.set("F2FS_FS", "m");
    CHECK(kernel.check(true));
    const auto error = kernel.refused(false);
    CHECK(error.message.contains("f2fs"));
    CHECK(error.causes.front().contains("CONFIG_F2FS_FS=m"));
    CHECK(error.causes.front().contains("module f2fs"));
    CHECK(error.hint.contains("rpi-kit build rpi4 --initramfs"));
    CHECK(error.hint.contains("--set F2FS_FS=y"));
    CHECK(error.where->line == 7);
}

TEST_CASE("a root file system that the kernel does not know is refused, initramfs or not", "[rootfs]") {
    const Kernel kernel("f2fs");
    for (const bool initramfs : {false, true}) {
        const auto error = kernel.refused(initramfs);
        CHECK(error.causes.front() == "CONFIG_F2FS_FS is not set");
        CHECK(error.hint == "rpi-kit build rpi4 --set F2FS_FS=y");
    }
}

TEST_CASE("the driver of the root's disk is looked at too", "[rootfs]") {
    Kernel kernel("ext4");
    kernel.config.set("MMC_BLOCK", "m");
    CHECK(kernel.check(true));
    const auto error = kernel.refused(false);
    CHECK(error.message.contains("MMC_BLOCK"));
    CHECK(error.hint.contains("--initramfs"));
    kernel.config.set("MMC_BLOCK", "n");
    CHECK(kernel.refused(true).hint == "rpi-kit build rpi4 --set MMC_BLOCK=y");
}

TEST_CASE("a kernel that cannot unpack or start the initramfs is refused", "[rootfs]") {
    Kernel kernel("ext4");
    kernel.board.initramfs.compression = "zstd";
    CHECK(kernel.check(false));
    CHECK(kernel.refused(true).causes.front() == "CONFIG_RD_ZSTD is not set");
    kernel.config.set("RD_ZSTD", "y");
    CHECK(kernel.check(true));
    kernel.config.set("BINFMT_SCRIPT", "m");
    CHECK(kernel.refused(true).hint == "rpi-kit build rpi4 --set BINFMT_SCRIPT=y");
}

TEST_CASE("a command line that contradicts the partition's type is refused", "[rootfs]") {
    Kernel kernel("ext4");
    kernel.board.boot.cmdline += " rootfstype=f2fs";
    CHECK(kernel.refused(false).message.contains("rootfstype=f2fs"));
    kernel.board.boot.cmdline += " rootfstype=f2fs,ext4";
    CHECK(kernel.check(false));
}
