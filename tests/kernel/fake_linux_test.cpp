// The stand-in for the kernel's tree must behave as the real one where other tests rely on it.
#include "tests/support/fake_linux.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "tests/kernel/build_fixture.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::BuildFixture;

TEST_CASE("the fake tree drops requests whose dependency is not met, silently, as the real one does") {
    BuildFixture fixture;
    fixture.configure("CONFIG_HID_GENERIC=y\nCONFIG_HZ=300\nCONFIG_NO_SUCH=y");
    const auto values = kconfig::DotConfig::read(fixture.context.build / ".config").value();
    CHECK(values.value("HID_GENERIC") == "n");
    CHECK(values.value("HZ") == "300");
    CHECK(values.value("NO_SUCH") == "n");
    fixture.configure("CONFIG_HID_SUPPORT=y\nCONFIG_HID_GENERIC=m");
    const auto met = kconfig::DotConfig::read(fixture.context.build / ".config").value();
    CHECK(met.value("HID_GENERIC") == "m");
}

TEST_CASE("the fake tree knows what a real board's fragments ask for") {
    const fs::path fragments = RPIKIT_SOURCE_DIR "/boards/fragments";
    BuildFixture fixture({.fragments = {fragments / "base.config", fragments / "tiny.config"}});
    const auto tiny = host::read_file(fragments / "tiny.config").value();
    fixture.configure(tiny, "allnoconfig");
    const auto values = kconfig::DotConfig::read(fixture.context.build / ".config").value();
    const auto requests = kconfig::DotConfig::parse(tiny, "tiny.config").value();
    for (const auto& request : requests) {
        if (request.value == "m") continue;  // needs MODULES, which the base asks for
        INFO(request.symbol);
        CHECK(values.value(request.symbol) == request.value);
    }
}

TEST_CASE("the fake tree has a release of its own, and a plus sign when nobody forbids it") {
    BuildFixture fixture({.version = "6.6.51-rc1", .raspberrypi = true});
    fixture.configure("", "bcm2711_defconfig");
    REQUIRE(kernel::run_make(fixture.host.host(), fixture.context, {"Image.gz", "dtbs"}));
    const fs::path release = fixture.context.build / "include/config/kernel.release";
    CHECK(host::read_file(release).value() == "6.6.51-rc1-v8\n");
    CHECK(fs::exists(fixture.context.build / "arch/arm64/boot/dts/overlays/disable-bt.dtbo"));
    const auto exit = fixture.processes->run(
        {.argv = {"make", "-C", fixture.context.source.root.string(), "O=" + fixture.context.build.string(),
                  "ARCH=arm64", "CROSS_COMPILE=", "Image.gz"}},
        {});
    REQUIRE(exit);
    CHECK(exit->success());
    CHECK(host::read_file(release).value() == "6.6.51-rc1-v8+\n");
}

TEST_CASE("the fake tree refuses an unknown defconfig and an unknown architecture as the real one does") {
    BuildFixture fixture;
    const auto defconfig = kernel::run_make(fixture.host.host(), fixture.context, {"bcm2711_defconfig"});
    REQUIRE_FALSE(defconfig);
    CHECK(defconfig.error().message.contains("arch/arm64/configs/bcm2711_defconfig"));
    fixture.context.kernel.arch = "aarch64";
    const auto arch = kernel::run_make(fixture.host.host(), fixture.context, {"defconfig"});
    REQUIRE_FALSE(arch);
    CHECK(arch.error().message.contains("'aarch64'"));
    fixture.context.kernel.arch = "arm64";
    const auto image = kernel::run_make(fixture.host.host(), fixture.context, {"Image.gz"});
    REQUIRE_FALSE(image);
    CHECK(image.error().hint == "rpi-kit build BOARD");
}
