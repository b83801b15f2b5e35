#include "flasher/usb/disk.hpp"

#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using std::chrono::milliseconds;
namespace fs = std::filesystem;

namespace {

/// A made-up /sys with disks on USB ports.
struct Sysfs {
    test::TempDir directory;

    Sysfs() { fs::create_directories(directory / "block"); }
    /// \param way "usb1/1-1/1-1.2/1-1.2:1.0"
    void add(const std::string& way, const std::string& disk, const std::string& sectors) const {
        const auto device =
            "devices/pci0000:00/0000:00:14.0/" + way + "/host3/target3:0:0/3:0:0:0/block/" + disk;
        directory.write(device + "/size", sectors + '\n');
        fs::create_symlink(fs::path("..") / device, directory / ("block/" + disk));
    }
    std::vector<fs::path> at(const std::string& port) const { return usb::disks_at(port, directory.path()); }
    Result<fs::path> wait(const std::string& port, milliseconds limit) const {
        return usb::wait_for_disk(port, limit, {}, directory.path(), milliseconds(20));
    }
};

using Disks = std::vector<fs::path>;

}  // namespace

TEST_CASE("a disk is found by the USB port that it hangs off") {
    const Sysfs sysfs;
    sysfs.add("usb1/1-1/1-1:1.0", "sda", "100");
    sysfs.add("usb1/1-2/1-2.3/1-2.3:1.0", "sdb", "100");
    sysfs.add("usb1/1-2/1-2.3/1-2.3:1.0", "sdc", "100");
    sysfs.add("usb1/1-2/1-2.3/1-2.3.1/1-2.3.1:1.0", "sdd", "100");
    sysfs.add("usb1/1-10/1-10:1.0", "sde", "0");
    sysfs.add("ata1", "sdf", "100");
    sysfs.add("usb2/2-1/2-1:1.0", "odd!disk", "8");
    CHECK(sysfs.at("1-1") == Disks{"/dev/sda"});
    CHECK(sysfs.at("1-2.3") == Disks{"/dev/sdb", "/dev/sdc"});
    CHECK(sysfs.at("1-2.3.1") == Disks{"/dev/sdd"});
    // A hub is not the port of what hangs off it; an empty slot is no disk; nor does 1-1 mean 1-10.
    CHECK(sysfs.at("1-2").empty());
    CHECK(sysfs.at("1-10").empty());
    CHECK(sysfs.at("").empty());
    CHECK(sysfs.at("2-1") == Disks{"/dev/odd/disk"});
    CHECK(usb::disks_at("1-1", sysfs.directory / "nowhere").empty());
}

TEST_CASE("the disk that a board shows is waited for") {
    const Sysfs sysfs;
    const auto none = sysfs.wait("1-1", milliseconds(50));
    REQUIRE_FALSE(none);
    CHECK(none.error().message.contains("no disk appeared at USB port 1-1"));

    std::jthread plugger([&] {
        std::this_thread::sleep_for(milliseconds(150));
        sysfs.add("usb1/1-1/1-1:1.0", "sda", "2048");
    });
    CHECK(sysfs.wait("1-1", milliseconds(10'000)).value() == "/dev/sda");
}

TEST_CASE("several disks at one port are an error that names them") {
    const Sysfs sysfs;
    sysfs.add("usb1/1-1/1-1:1.0", "sda", "2048");
    sysfs.add("usb1/1-1/1-1:1.0", "sdb", "2048");
    const auto two = sysfs.wait("1-1", milliseconds(5000));
    REQUIRE_FALSE(two);
    CHECK(two.error().causes == std::vector<std::string>{"/dev/sda", "/dev/sdb"});
}

TEST_CASE("waiting for a disk can be interrupted") {
    const Sysfs sysfs;
    std::stop_source stop;
    stop.request_stop();
    const auto stopped =
        usb::wait_for_disk("1-1", milliseconds(60'000), stop.get_token(), sysfs.directory.path());
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().kind == ErrorKind::interrupted);
}
