#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <fstream>
#include <memory>

#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "tests/flasher/device/fake_udisks.hpp"
#include "tests/flasher/device/in_child.hpp"
#include "tests/flasher/device/real_card.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t megabyte = 1 << 20;
const device::Purpose any{.allow_fixed = true, .again = "rpi-kit flash x.img /dev/loop9"};

device::Target target_of(const fs::path& path, const device::Purpose& purpose = any) {
    const auto machine = device::survey({});
    REQUIRE(machine);
    return device::examine(*machine, path, purpose);
}

/// Memory as O_DIRECT wants it.
struct Aligned {
    explicit Aligned(std::size_t count, unsigned char fill = 0)
        : memory(static_cast<std::byte*>(std::aligned_alloc(4096, count)), std::free),
          bytes(memory.get(), count) {
        std::ranges::fill(bytes, std::byte{fill});
    }
    std::unique_ptr<std::byte, decltype(&std::free)> memory;
    std::span<std::byte> bytes;
};

constexpr unsigned nobody = 65534;

}  // namespace

TEST_CASE("a card is opened exclusively, written, read back and closed") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    for (const auto sector : {512U, 4096U}) {
        const test::LoopDevice loop(folder / "card", 4 * megabyte, {.sector_bytes = sector});
        auto opened = device::open_for_writing({}, target_of(loop.path()), any);
        REQUIRE(opened);
        auto& card = **opened;
        CHECK(card.name() == loop.path());
        CHECK(card.size_bytes() == 4 * megabyte);
        CHECK(card.alignment() == sector);
        CHECK_FALSE(host::Descriptor(::open(loop.path().c_str(), O_RDWR | O_EXCL | O_CLOEXEC)).valid());

        const Aligned out(megabyte, 0xa5);
        const Aligned in(megabyte);
        CHECK(write_whole(card, 3 * megabyte, out.bytes));
        CHECK(card.flush());
        CHECK(read_whole(card, 3 * megabyte, in.bytes));
        CHECK(std::ranges::equal(out.bytes, in.bytes));
        CHECK(*card.read_at(4 * megabyte, in.bytes) == 0);
        CHECK_FALSE(card.write_at(4 * megabyte, out.bytes));
        CHECK_FALSE(card.read_at(~std::uint64_t{0} - 100, in.bytes));
        // Two thirds of a piece are before the end.
        CHECK(*card.write_at(3 * megabyte + megabyte / 2, out.bytes) == megabyte / 2);
        CHECK(card.close());
        CHECK(host::Descriptor(::open(loop.path().c_str(), O_RDWR | O_EXCL | O_CLOEXEC)).valid());
        CHECK(device::reread_partition_table(loop.path(), loop.number()));
        CHECK_FALSE(device::reread_partition_table(loop.path(), loop.number() + 1));
        const auto bytes = host::read_file(loop.file());
        REQUIRE(bytes);
        CHECK((*bytes)[3 * megabyte] == '\xa5');
        CHECK((*bytes)[3 * megabyte - 1] == '\0');
    }
}

TEST_CASE("a link leads to the disk it means when it was looked at") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    const test::LoopDevice meant(folder / "meant", megabyte);
    const test::LoopDevice other(folder / "other", megabyte);
    fs::create_symlink(meant.path(), folder / "card");
    const auto target = target_of(folder / "card");
    fs::remove(folder / "card");
    fs::create_symlink(other.path(), folder / "card");
    const auto opened = device::open_for_writing({}, target, any);
    REQUIRE(opened);
    CHECK((*opened)->number() == meant.number());
}

TEST_CASE("another card in the same reader is not taken for the one that was shown") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    auto first = std::make_unique<test::LoopDevice>(folder / "first", megabyte);
    const auto path = first->path();
    const auto target = target_of(path);
    REQUIRE(target.refusals.empty());
    first.reset();
    CHECK_FALSE(device::open_for_writing({}, target, any));  // none in it
    const test::LoopDevice second(folder / "second", megabyte);
    if (second.path() != path) SKIP("another program took the loop device in between");
    const auto opened = device::open_for_writing({}, target, any);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.contains("another one now"));
}

TEST_CASE("what became mounted since it was shown is found when it is opened") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    test::LoopDevice loop(folder / "card", 16 * megabyte);
    const auto target = target_of(loop.path());
    REQUIRE(target.refusals.empty());
    test::run_tool({"mkfs.ext4", "-q", "-F", loop.path().string()});
    const test::Mounted mounted(loop.path(), folder / "mount");
    CHECK_FALSE(device::open_for_writing({}, target, any));
}

TEST_CASE("the option --unmount unmounts everything of the disk, the last mounted first") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    test::LoopDevice loop(folder / "card", 32 * megabyte);
    const auto first = loop.add_partition(1, megabyte, 10 * megabyte);
    const auto second = loop.add_partition(2, 16 * megabyte, 10 * megabyte);
    for (const auto& partition : {first, second})
        test::run_tool({"mkfs.ext4", "-q", "-F", partition.string()});
    const auto mount = folder / "a b";
    const test::Mounted one(first, mount);
    const test::Mounted two(second, mount / "lost+found");
    const device::Purpose purpose{.allow_fixed = true, .unmount = true};
    const auto target = target_of(loop.path(), purpose);
    REQUIRE(target.disk);
    CHECK(target.disk->partitions.at(1).mounts == std::vector{mount / "lost+found"});

    SECTION("all of it") {
        CHECK(device::open_for_writing({}, target, purpose));
        CHECK_FALSE(fs::exists(mount / "lost+found"));
        CHECK(target_of(loop.path()).refusals.empty());
    }
    SECTION("not what is in use") {
        const host::Descriptor user(::open(mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const auto opened = device::open_for_writing({}, target, purpose);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().message.contains("cannot unmount"));
        CHECK(opened.error().hint.contains("fuser"));
        CHECK(fs::exists(mount / "lost+found"));
    }
    SECTION("not what another file system lies over") {
        REQUIRE(::mount("none", mount.c_str(), "tmpfs", 0, nullptr) == 0);
        const auto opened = device::open_for_writing({}, target, purpose);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().message.contains("another file system is mounted over"));
        struct statfs status{};
        ::statfs(mount.c_str(), &status);
        constexpr long tmpfs_magic = 0x01021994;
        CHECK(status.f_type == tmpfs_magic);
        ::umount2(mount.c_str(), 0);
    }
}

TEST_CASE("without root's rights udisks2 opens the card, or sudo is named") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    if (::geteuid() != 0) SKIP("needs root's rights to give them up");
    const test::TempDir folder;
    const test::LoopDevice loop(folder / "card", megabyte);
    const auto as_nobody = [&](const std::string& bus) {
        return test::in_child([&]() -> std::string {
            if (::setegid(nobody) != 0 || ::seteuid(nobody) != 0) return "still root";
            const device::Roots roots{.bus = bus};
            const auto machine = device::survey(roots);
            if (!machine) return machine.error().message;
            const auto opened =
                device::open_for_writing(roots, device::examine(*machine, loop.path(), any), any);
            return opened ? "opened " + (*opened)->name() : render(opened.error(), false);
        });
    };
    const auto none = as_nobody("unix:path=" + (folder / "none").string());
    CHECK(none.contains("no right to open " + loop.path().string()));
    CHECK(none.contains("there is no system bus"));
    CHECK(none.contains("hint: sudo rpi-kit flash x.img /dev/loop9"));
    const test::FakeUdisks udisks(test::UdisksMood::opens);
    if (udisks.address().empty()) SKIP("no dbus-daemon here");
    CHECK(as_nobody(udisks.address()) == "opened " + loop.path().string());
    const test::FakeUdisks refusing(test::UdisksMood::refuses);
    const auto refused = as_nobody(refusing.address());
    CHECK(refused.contains("Not authorized"));
    CHECK(refused.contains("hint: sudo rpi-kit flash"));
}

TEST_CASE("a card is opened to be read, unless it is mounted or gone") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    const test::LoopDevice loop(folder / "card", 16 * megabyte, {});
    test::run_tool({"mkfs.ext4", "-q", "-F", loop.path().string()});
    const auto open = [&](const fs::path& output) {
        const auto machine = device::survey({});
        REQUIRE(machine);
        return device::open_for_reading({}, device::examine_for_reading(*machine, loop.path(), output),
                                        "again");
    };
    {
        const auto opened = open(folder / "out.img");
        REQUIRE(opened);
        const Aligned in(4096);
        CHECK(read_whole(**opened, 0, in.bytes));
        CHECK_FALSE((*opened)->write_at(0, in.bytes));
    }
    const test::Mounted mounted(loop.path(), folder / "mount");
    const auto opened = open(folder / "out.img");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.contains("is mounted"));
}
