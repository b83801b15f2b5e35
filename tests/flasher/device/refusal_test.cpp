#include <sys/sysmacros.h>

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "flasher/device/refusal.hpp"
#include "tests/flasher/device/made_up_machine.hpp"

using namespace rpikit;
using device::RefusalKind;

namespace {

constexpr auto stick = 16U;
constexpr auto system_disk = 0U;

std::vector<device::Refusal> refusals_of(const test::MadeUpMachine& made_up, unsigned minor_number,
                                         const device::Purpose& purpose = {}) {
    const auto machine = made_up.survey();
    const auto* disk = machine.find(makedev(4000, minor_number));
    REQUIRE(disk != nullptr);
    auto found = refusals(machine, *disk, purpose);
    for (const auto& refusal : found) {
        CHECK_FALSE(refusal.reason.empty());
        CHECK_FALSE(refusal.remedy.empty());
    }
    return found;
}

std::vector<RefusalKind> kinds(const std::vector<device::Refusal>& refusals) {
    std::vector<RefusalKind> found;
    for (const auto& refusal : refusals)
        found.push_back(refusal.kind);
    return found;
}

using Kinds = std::vector<RefusalKind>;

struct Stick : test::MadeUpMachine {
    Stick() { test::add_usb_stick(*this); }
};

}  // namespace

TEST_CASE("nothing speaks against an idle USB stick") {
    const Stick made_up;
    CHECK(refusals_of(made_up, stick).empty());
    CHECK(refusals_of(made_up, stick,
                      {.work = "/home/me", .image = "/home/me/x.img", .image_bytes = 8'000'000'000})
              .empty());
}

TEST_CASE("the disk of the running system is refused whatever is allowed") {
    test::MadeUpMachine made_up;
    test::add_system_disk(made_up);
    const auto found = refusals_of(made_up, system_disk, {.allow_fixed = true, .unmount = true});
    CHECK(kinds(found) == Kinds{RefusalKind::holds_root, RefusalKind::holds_boot});
    CHECK(found.front().reason.contains("/dev/sda2"));
    CHECK(found.back().reason.contains("/boot/efi"));
    CHECK(kinds(refusals_of(made_up, system_disk)) == Kinds{RefusalKind::holds_root, RefusalKind::holds_boot,
                                                            RefusalKind::mounted, RefusalKind::mounted,
                                                            RefusalKind::fixed});
}

TEST_CASE("a root that mountinfo does not number is found by its source") {
    Stick made_up;
    made_up.mount("0:50 /@ / rw - btrfs /dev/sdb1 rw,subvol=/@");
    CHECK(kinds(refusals_of(made_up, stick, {.unmount = true})) == Kinds{RefusalKind::holds_root});
}

TEST_CASE("a root on LVM on encryption on a partition is found") {
    Stick made_up;
    made_up.disk("dm-0", "4008:0", "virtual", {{"size", "2048"}, {"dm/uuid", "CRYPT-LUKS2-x"}});
    made_up.disk("dm-1", "4008:1", "virtual", {{"size", "2048"}, {"dm/uuid", "LVM-abc"}});
    made_up.stack("dm-0", "sdb1");
    made_up.stack("dm-1", "dm-0");
    made_up.mount("4008:1 / / rw - ext4 /dev/mapper/vg-root rw");
    CHECK(kinds(refusals_of(made_up, stick)) ==
          Kinds{RefusalKind::holds_root, RefusalKind::device_mapper, RefusalKind::mounted});
}

TEST_CASE("the work folder and the image keep their disk from being written") {
    Stick made_up;
    made_up.mount("4000:17 / /media/card rw - vfat /dev/sdb1 rw");
    const device::Purpose work{.work = "/media/card/work", .unmount = true};
    CHECK(kinds(refusals_of(made_up, stick, work)) == Kinds{RefusalKind::holds_work});
    const device::Purpose image{.image = "/media/card/x.img", .unmount = true};
    CHECK(kinds(refusals_of(made_up, stick, image)) == Kinds{RefusalKind::holds_image});
    const device::Purpose beside{.work = "/media/other", .image = "/media/cards/x.img", .unmount = true};
    CHECK(refusals_of(made_up, stick, beside).empty());
}

TEST_CASE("an image inside a loop device's file on the disk is on the disk") {
    Stick made_up;
    made_up.mount("4000:17 / /media/card rw - vfat /dev/sdb1 rw");
    made_up.disk("loop3", "4005:3", "virtual",
                 {{"size", "2048"}, {"loop/backing_file", "/media/card/home.img (deleted)"}});
    made_up.mount("4005:3 / /home/me rw - ext4 /dev/loop3 rw");
    CHECK(kinds(refusals_of(made_up, stick, {.image = "/home/me/x.img", .unmount = true})) ==
          Kinds{RefusalKind::holds_image});
}

TEST_CASE("a mounted disk is refused, and --unmount lifts that alone") {
    Stick made_up;
    made_up.mount("4000:17 / /media/my\\040card rw - vfat /dev/sdb1 rw");
    const auto found = refusals_of(made_up, stick, {.again = "rpi-kit flash x.img /dev/sdb"});
    CHECK(kinds(found) == Kinds{RefusalKind::mounted});
    CHECK(found.front().reason.contains("/media/my card"));
    CHECK(found.front().remedy == "rpi-kit flash x.img /dev/sdb --unmount");
    CHECK(refusals_of(made_up, stick).front().remedy == "sudo umount '/media/my card'");
    CHECK(refusals_of(made_up, stick, {.unmount = true}).empty());
}

TEST_CASE("a mounted whole disk without partitions is refused") {
    test::MadeUpMachine made_up;
    made_up.disk("sdb", "4000:16", "usb1/host6/6:0:0:0", {{"size", "2048"}, {"removable", "1"}});
    made_up.mount("4000:16 / /mnt rw - vfat /dev/sdb rw");
    CHECK(kinds(refusals_of(made_up, stick)) == Kinds{RefusalKind::mounted});
}

TEST_CASE("members of a mounted btrfs are refused, named by mountinfo or not") {
    Stick made_up;
    made_up.directory().write("sys/fs/btrfs/0000-11/devices/sdb1/dev", "4000:17");
    CHECK(kinds(refusals_of(made_up, stick)) == Kinds{RefusalKind::in_use});
}

TEST_CASE("swap is refused, also below a mapping") {
    Stick made_up;
    made_up.swap("/dev/sdb1");
    const auto found = refusals_of(made_up, stick, {.unmount = true});
    CHECK(kinds(found) == Kinds{RefusalKind::swap});
    CHECK(found.front().remedy == "sudo swapoff /dev/sdb1");
    Stick mapped;
    mapped.disk("dm-0", "4008:0", "virtual", {{"size", "2048"}, {"dm/uuid", "CRYPT-x"}});
    mapped.stack("dm-0", "sdb1");
    mapped.swap("/dev/dm-0");
    CHECK(kinds(refusals_of(mapped, stick)) == Kinds{RefusalKind::swap, RefusalKind::device_mapper});
}

TEST_CASE("members of running arrays and mappings are refused by what uses them") {
    const auto with = [](const std::string& name, const test::MadeUpMachine::Attributes& attributes,
                         const std::string& lower) {
        Stick made_up;
        made_up.disk(name, "4008:0", "virtual", attributes);
        made_up.stack(name, lower);
        return kinds(refusals_of(made_up, stick, {.allow_fixed = true, .unmount = true}));
    };
    CHECK(with("md0", {{"size", "2048"}, {"md/level", "raid1"}}, "sdb1") == Kinds{RefusalKind::md});
    CHECK(with("md0", {{"size", "2048"}, {"md/level", "raid1"}}, "sdb") == Kinds{RefusalKind::md});
    CHECK(with("dm-0", {{"size", "2048"}, {"dm/uuid", "LVM-x"}}, "sdb1") == Kinds{RefusalKind::lvm});
    CHECK(with("dm-0", {{"size", "2048"}, {"dm/uuid", "mpath-x"}}, "sdb") ==
          Kinds{RefusalKind::device_mapper});
    CHECK(with("bcache0", {{"size", "2048"}}, "sdb1") == Kinds{RefusalKind::in_use});

    Stick made_up;
    made_up.disk("dm-0", "4008:0", "virtual", {{"size", "2048"}, {"dm/name", "my vault"}});
    made_up.stack("dm-0", "sdb1");
    const auto found = refusals_of(made_up, stick);
    CHECK(found.front().reason == "is in use by the mapping my vault (/dev/sdb1)");
    CHECK(found.front().remedy == "if the mapping is not needed: sudo dmsetup remove 'my vault'");
}

TEST_CASE("members of arrays and pools that do not run are refused by their signature") {
    const auto with = [](const std::string& type) {
        Stick made_up;
        made_up.udev("4000:17", "E:ID_FS_TYPE=" + type + "\n");
        const auto found = refusals_of(made_up, stick, {.allow_fixed = true, .unmount = true});
        if (!found.empty()) CHECK(found.front().remedy.contains("wipefs --all /dev/sdb1"));
        return kinds(found);
    };
    CHECK(with("linux_raid_member") == Kinds{RefusalKind::md});
    CHECK(with("LVM2_member") == Kinds{RefusalKind::lvm});
    CHECK(with("zfs_member") == Kinds{RefusalKind::zfs});
    CHECK(with("crypto_LUKS").empty());
}

TEST_CASE("what cannot take the image is refused") {
    const Stick made_up;
    const auto found = refusals_of(made_up, stick, {.image_bytes = 8'000'000'001});
    CHECK(kinds(found) == Kinds{RefusalKind::too_small});
    CHECK(found.front().reason.contains("8000000001"));

    test::MadeUpMachine reader;
    reader.disk("sdb", "4000:16", "usb1/host6/6:0:0:0", {{"size", "0"}, {"removable", "1"}});
    CHECK(kinds(refusals_of(reader, stick, {.image_bytes = 1})) == Kinds{RefusalKind::no_medium});

    test::MadeUpMachine locked;
    locked.disk("sdb", "4000:16", "usb1/host6/6:0:0:0", {{"size", "2048"}, {"ro", "1"}});
    CHECK(kinds(refusals_of(locked, stick)) == Kinds{RefusalKind::read_only});

    test::MadeUpMachine optical;
    optical.disk("sr0", "4000:16", "usb1/host6/6:0:0:0",
                 {{"size", "2048"}, {"removable", "1"}, {"device/type", "5"}});
    CHECK(kinds(refusals_of(optical, stick)) == Kinds{RefusalKind::read_only});
}

TEST_CASE("fixed disks are refused unless allowed; USB, SD and removable ones are not fixed") {
    const auto with = [](const std::string& name, const std::string& bus, const std::string& removable) {
        test::MadeUpMachine made_up;
        made_up.disk(name, "4000:16", bus, {{"size", "2048"}, {"removable", removable}});
        CHECK(refusals_of(made_up, stick, {.allow_fixed = true}).empty());
        return kinds(refusals_of(made_up, stick));
    };
    CHECK(with("sdb", "ata1/host0/0:0:0:0", "0") == Kinds{RefusalKind::fixed});
    CHECK(with("nvme0n1", "nvme/nvme0", "0") == Kinds{RefusalKind::fixed});
    CHECK(with("vdb", "virtio4", "0") == Kinds{RefusalKind::fixed});
    CHECK(with("loop0", "virtual", "0") == Kinds{RefusalKind::fixed});
    CHECK(with("sdb", "ata1/host0/0:0:0:0", "1").empty());
    CHECK(with("sdb", "usb1/host6/6:0:0:0", "0").empty());
    CHECK(with("mmcblk0", "mmc_host/mmc0/mmc0:aaaa", "0").empty());
}

TEST_CASE("the option --allow-fixed lifts its own refusal alone") {
    test::MadeUpMachine made_up;
    made_up.disk("vdb", "4000:16", "virtio4", {{"size", "2048"}, {"ro", "1"}});
    made_up.swap("/dev/vdb");
    CHECK(kinds(refusals_of(made_up, stick, {.image_bytes = 1ULL << 40U, .allow_fixed = true})) ==
          Kinds{RefusalKind::read_only, RefusalKind::swap, RefusalKind::too_small});
}

TEST_CASE("an error tells the gravest refusal first and keeps the others") {
    const auto error = device::refusal_error(
        "/dev/sdb", {{RefusalKind::swap, "is used as swap space", "sudo swapoff /dev/sdb1"},
                     {RefusalKind::fixed, "is a fixed disk", "--allow-fixed"}});
    CHECK(error.message == "/dev/sdb is used as swap space");
    CHECK(error.hint == "sudo swapoff /dev/sdb1");
    CHECK(error.causes == std::vector<std::string>{"it also is a fixed disk"});
}

TEST_CASE("every kind has a name of its own") {
    std::set<std::string_view> names;
    for (int kind = 0; kind <= static_cast<int>(RefusalKind::fixed); ++kind)
        CHECK(names.insert(to_string(static_cast<RefusalKind>(kind))).second);
}

TEST_CASE("reading asks for a medium that does not change, and for a file elsewhere") {
    Stick made_up;
    const auto read = [&](const char* output) {
        const auto machine = made_up.survey();
        return kinds(reading_refusals(machine, *machine.find(makedev(4000, stick)), output));
    };
    CHECK(read("/home/me/x.img").empty());
    made_up.mount("4000:17 / /media/card rw - vfat /dev/sdb1 rw");
    CHECK(read("/home/me/x.img") == Kinds{RefusalKind::mounted});
    CHECK(read("/media/card/x.img") == Kinds{RefusalKind::holds_image, RefusalKind::mounted});
}
