#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>

#include "flasher/device/linux_device.hpp"
#include "flasher/device/udisks.hpp"
#include "tests/flasher/device/fake_udisks.hpp"
#include "tests/support/loop_device.hpp"

using namespace rpikit;
using test::UdisksMood;

namespace {

constexpr int flags = O_EXCL | O_DIRECT | O_CLOEXEC;
constexpr std::uint64_t megabyte = 1 << 20;

}  // namespace

TEST_CASE("udisks2 is asked for the device, the mode and the flags, and its descriptor is used") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::FakeUdisks udisks(UdisksMood::opens);
    if (udisks.address().empty()) SKIP("no dbus-daemon here");
    const test::TempDir folder;
    const test::LoopDevice loop(folder / "card", megabyte);
    auto descriptor = device::open_through_udisks(udisks.address(), loop.path(), "rw", flags);
    REQUIRE(descriptor);
    CHECK(udisks.asked().path == loop.path());
    CHECK(udisks.asked().mode == "rw");
    CHECK(udisks.asked().flags == flags);
    auto device = device::LinuxBlockDevice::adopt(loop.path(), *std::move(descriptor));
    REQUIRE(device);
    CHECK((*device)->number() == loop.number());
    CHECK((*device)->size_bytes() == megabyte);
    // It is held exclusively: nobody else gets it.
    const auto second = device::open_through_udisks(udisks.address(), loop.path(), "rw", flags);
    REQUIRE_FALSE(second);
    CHECK(second.error().causes.front().contains("busy"));
    CHECK((*device)->close());
    CHECK(device::open_through_udisks(udisks.address(), loop.path(), "r", flags));
}

TEST_CASE("what udisks2 says against it is told") {
    const auto why = [](UdisksMood mood) {
        const test::FakeUdisks udisks(mood);
        if (udisks.address().empty()) SKIP("no dbus-daemon here");
        const auto descriptor = device::open_through_udisks(udisks.address(), "/dev/null", "rw", flags);
        REQUIRE_FALSE(descriptor);
        return descriptor.error().causes.front();
    };
    CHECK(why(UdisksMood::refuses) == "Not authorized to perform operation");
    CHECK(why(UdisksMood::ignorant) == "it does not know /dev/null");
}

TEST_CASE("a bus without udisks2 and no bus at all are told apart") {
    const test::TempDir folder;
    const auto address = "unix:path=" + (folder / "none").string();
    const auto no_bus = device::open_through_udisks(address, "/dev/null", "rw", flags);
    REQUIRE_FALSE(no_bus);
    CHECK(no_bus.error().causes.front().contains("there is no system bus"));

    const test::FakeUdisks other(UdisksMood::opens, "org.example.Other");
    if (other.address().empty()) SKIP("no dbus-daemon here");
    const auto no_service = device::open_through_udisks(other.address(), "/dev/null", "rw", flags);
    REQUIRE_FALSE(no_service);
    CHECK(no_service.error().causes.front() == "udisks2 does not run");
}

TEST_CASE("a descriptor of anything but a device open past the page cache is not taken") {
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::TempDir folder;
    const test::LoopDevice loop(folder / "card", megabyte);
    for (const auto mood : {UdisksMood::regular, UdisksMood::cached}) {
        const test::FakeUdisks udisks(mood);
        if (udisks.address().empty()) SKIP("no dbus-daemon here");
        auto descriptor = device::open_through_udisks(udisks.address(), loop.path(), "rw", flags);
        REQUIRE(descriptor);
        CHECK_FALSE(device::LinuxBlockDevice::adopt(loop.path(), *std::move(descriptor)));
    }
}
