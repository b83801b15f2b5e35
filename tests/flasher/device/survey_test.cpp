#include <sys/sysmacros.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "flasher/device/attribute.hpp"
#include "flasher/device/content.hpp"
#include "flasher/device/stack.hpp"
#include "tests/flasher/device/made_up_machine.hpp"

using namespace rpikit;

TEST_CASE("a USB stick is described by what it says about itself") {
    test::MadeUpMachine made_up;
    test::add_usb_stick(made_up);
    const auto machine = made_up.survey();
    REQUIRE(machine.disks.size() == 1);
    const auto& disk = machine.disks.front();
    CHECK(disk.whole.path == "/dev/sdb");
    CHECK(disk.whole.number == makedev(4000, 16));
    CHECK(disk.whole.size_bytes == 8'000'000'000);
    CHECK(disk.title() == "SanDisk Ultra");
    CHECK(disk.serial == "4C530001");
    CHECK(disk.bus == device::Bus::usb);
    CHECK(disk.removable);
    CHECK_FALSE(disk.read_only);
    CHECK(disk.logical_block == 512);
    CHECK(disk.physical_block == 4096);
    CHECK(disk.sequence == 12);
    REQUIRE(disk.partitions.size() == 1);
    CHECK(disk.partitions.front().path == "/dev/sdb1");
    CHECK(disk.partitions.front().type == "vfat");
    CHECK(disk.partitions.front().label == "CARD 1");
    CHECK(machine.find(makedev(4000, 16)) == &disk);
    CHECK(machine.find(makedev(4000, 17)) == nullptr);
    CHECK(machine.disk_of(makedev(4000, 17)) == &disk);
}

TEST_CASE("disks are found on every bus") {
    test::MadeUpMachine made_up;
    const test::MadeUpMachine::Attributes some{{"size", "2048"}};
    auto card = some;
    card.insert(
        {{"device/name", "SC16G"}, {"device/serial", "0x1234"}, {"device/preferred_erase_size", "4194304"}});
    made_up.disk("mmcblk0", "4001:0", "platform/emmc2bus/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa", card);
    made_up.disk("nvme0n1", "4002:0", "pci0000:00/0000:01:00.0/nvme/nvme0", some);
    made_up.disk("vda", "4003:0", "pci0000:00/0000:00:02.0/virtio1", some);
    made_up.disk("sdc", "4004:0", "pci0000:00/0000:00:05.0/host2/target2:0:0/2:0:0:0", some);
    made_up.disk("loop0", "4005:0", "virtual", {{"size", "2048"}, {"loop/backing_file", "/home/me/x.img"}});
    made_up.disk("loop1", "4005:1", "virtual", {{"size", "0"}});
    made_up.disk("zram0", "4006:0", "virtual", {{"size", "0"}});
    made_up.disk("cciss!c0d0", "4007:0", "pci0000:00/0000:00:06.0", some);
    const auto machine = made_up.survey();
    std::vector<std::string> found;
    for (const auto& disk : machine.disks)
        found.push_back(disk.whole.path.string() + ' ' + std::string(to_string(disk.bus)));
    CHECK(found == std::vector<std::string>{"/dev/mmcblk0 mmc", "/dev/sdc scsi", "/dev/nvme0n1 nvme",
                                            "/dev/vda virtio", "/dev/loop0 loop", "/dev/cciss/c0d0 other"});
    CHECK(machine.disks.front().title() == "SC16G");
    CHECK(machine.disks.front().serial == "0x1234");
    CHECK(machine.disks.front().preferred_erase_size == 4194304);
}

TEST_CASE("partitions come by their numbers") {
    test::MadeUpMachine made_up;
    made_up.disk("nvme0n1", "4002:0", "pci0000:00/nvme/nvme0", {{"size", "99999"}});
    made_up.partition("nvme0n1", 10, "4002:10");
    made_up.partition("nvme0n1", 2, "4002:2");
    const auto machine = made_up.survey();
    REQUIRE(machine.disks.size() == 1);
    REQUIRE(machine.disks.front().partitions.size() == 2);
    CHECK(machine.disks.front().partitions[0].name == "nvme0n1p2");
    CHECK(machine.disks.front().partitions[1].name == "nvme0n1p10");
}

TEST_CASE("hostile attributes are odd texts and numbers, nothing worse") {
    test::MadeUpMachine made_up;
    const std::string esc = "\x1b[2J\x1b]0;owned\x07";
    made_up.disk("sdb", "4000:16", "usb1/host6/6:0:0:0",
                 {{"size", "99999999999999999999999"},
                  {"removable", "yes"},
                  {"queue/logical_block_size", "18446744073709551615"},
                  {"device/model", esc + "Ultra\nfake line"},
                  {"device/vendor", std::string(3000, 'v')}});
    made_up.disk("sdc", "no number", "usb1/host7/7:0:0:0", {{"size", "2048"}});
    made_up.disk("sdd", "4000:48", "usb1/host8/8:0:0:0", {{"size", "18446744073709551615"}});
    made_up.udev("4000:48",
                 "E:ID_FS_LABEL_ENC=\\x1b[31m\\xe2\\x80\\xaered\\x\\xzz\\xff\nE:ID_FS_TYPE\nnonsense\n");
    std::filesystem::create_symlink("nowhere", made_up.directory() / "sys/block/dangling");
    const auto machine = made_up.survey();
    REQUIRE(machine.disks.size() == 2);
    const auto& disk = machine.disks.front();
    CHECK(disk.whole.size_bytes == 0);
    CHECK_FALSE(disk.removable);
    CHECK(disk.logical_block <= 1U << 20U);
    CHECK(disk.model == "?[2J?]0;owned?Ultra?fake line");
    CHECK(disk.vendor == std::string(128, 'v'));
    CHECK(machine.disks.back().whole.size_bytes > 0);
    CHECK(machine.disks.back().whole.label == "?[31m???red\\x\\xzz?");
}

TEST_CASE("text is cleaned by characters, not bytes") {
    CHECK(device::clean_text("  Gr\xc3\xbc\xc3\x9f"
                             "e \n") ==
          "Gr\xc3\xbc\xc3\x9f"
          "e");
    CHECK(device::clean_text("a\xc3") == "a?");
    CHECK(device::clean_text("\xc0\xaf") == "??");       // overlong
    CHECK(device::clean_text("\xed\xa0\x80") == "???");  // a surrogate
    CHECK(device::clean_text("\xc2\x9b"
                             "31m") == "??31m");              // C1's control sequence introducer
    CHECK(device::clean_text("\xf4\x90\x80\x80") == "????");  // above U+10FFFF
    CHECK(device::clean_text("\xf0\x9f\x92\xbe") == "\xf0\x9f\x92\xbe");
}

TEST_CASE("lines of mountinfo are taken apart as proc(5) says") {
    const auto mounts = device::parse_mounts(
        "36 35 8:17 / /media/my\\040card\\134 rw,noatime shared:1 master:2 - vfat /dev/sdb1 rw,errors=x\n"
        "37 35 0:50 /root / rw - btrfs /dev/sda2 rw,subvol=/root\n"
        "bad line\n"
        "38 35 8:x / /nowhere rw - ext4 /dev/x rw\n"
        "39 35 8:1 / /nodash rw shared:1 ext4 /dev/x rw\n"
        "40 35 8:2 / /noopts rw - ext4 /dev/sda2\n");
    REQUIRE(mounts.size() == 3);
    CHECK(mounts[0].number == makedev(8, 17));
    CHECK(mounts[0].where == "/media/my card\\");
    CHECK(mounts[0].type == "vfat");
    CHECK(mounts[0].source == "/dev/sdb1");
    CHECK(mounts[0].options == "rw,errors=x");
    CHECK(mounts[1].options == "rw,subvol=/root");
    CHECK(mounts[2].options.empty());
    CHECK(device::parse_swaps("Filename Type\n/dev/sda\\0403 partition 1\n\n").front() == "/dev/sda 3");
}

TEST_CASE("a machine that cannot be read is an error, not an empty one") {
    const test::MadeUpMachine made_up;
    std::filesystem::remove(made_up.directory() / "proc/self/mountinfo");
    CHECK_FALSE(device::survey(made_up.roots()));
    const test::MadeUpMachine other;
    std::filesystem::remove_all(other.directory() / "sys/block");
    CHECK_FALSE(device::survey(other.roots()));
    const test::MadeUpMachine without_swap;
    std::filesystem::remove(without_swap.directory() / "proc/swaps");
    CHECK(device::survey(without_swap.roots()));
}

TEST_CASE("a file lies on all devices below it") {
    test::MadeUpMachine made_up;
    test::add_system_disk(made_up);
    test::add_usb_stick(made_up);
    made_up.disk("dm-0", "4008:0", "virtual", {{"size", "2048"}, {"dm/uuid", "CRYPT-x"}});
    made_up.stack("dm-0", "sdb1");
    made_up.disk("loop3", "4005:3", "virtual", {{"size", "2048"}, {"loop/backing_file", "/vault/inner.img"}});
    made_up.mount("4008:0 / /vault rw - ext4 /dev/mapper/vault rw");
    made_up.mount("4005:3 / /inner rw - ext4 /dev/loop3 rw");
    made_up.mount("0:60 / /merged rw - overlay overlay rw,lowerdir=/usr:/vault/low,upperdir=/tmpfs/up");
    made_up.mount("0:61 / /tmpfs rw - tmpfs tmpfs rw");
    const auto machine = made_up.survey();
    const auto on = [&](const char* path, unsigned minor_number) {
        return device::devices_of_path(made_up.roots(), machine.mounts, path)
            .contains(makedev(4000, minor_number));
    };
    // A path of a made-up machine lies in the real one's root too, whose devices are no made-up ones.
    CHECK(on("/home/me/x.img", 0));
    CHECK(on("/home/me/x.img", 2));
    CHECK_FALSE(on("/home/me/x.img", 16));
    CHECK(on("/vault/x.img", 16));
    CHECK_FALSE(on("/vault/x.img", 0));
    CHECK(on("/inner/deep/x.img", 16));
    CHECK(on("/merged/x.img", 16));
    CHECK(on("/merged/x.img", 0));
    CHECK_FALSE(on("/tmpfs/x.img", 0));
    CHECK_FALSE(on("/tmpfs/x.img", 16));
    CHECK_FALSE(on("/vaulted/x.img", 16));
}

TEST_CASE("a loop of loops ends") {
    test::MadeUpMachine made_up;
    made_up.disk("loop3", "4005:3", "virtual", {{"size", "2048"}, {"loop/backing_file", "/inner/x.img"}});
    made_up.mount("4005:3 / /inner rw - ext4 /dev/loop3 rw");
    const auto machine = made_up.survey();
    CHECK(
        device::devices_of_path(made_up.roots(), machine.mounts, "/inner/x.img").contains(makedev(4005, 3)));
}

TEST_CASE("signatures of arrays and pools are told from file systems") {
    for (const auto* type :
         {"linux_raid_member", "isw_raid_member", "LVM2_member", "LVM1_member", "zfs_member"})
        CHECK(device::is_member(type));
    for (const auto* type : {"vfat", "ext4", "crypto_LUKS", "swap", ""})
        CHECK_FALSE(device::is_member(type));
}
