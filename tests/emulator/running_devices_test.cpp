#include "sdk/emulator/running_devices.hpp"

#include <catch2/catch_test_macros.hpp>

using rpikit::emulator::RunningDevices;

namespace {

/// Answers as busybox gave them on a Raspberry Pi 4's device tree in QEMU.
struct System {
    std::string devices =
        "/soc/serial@7e201000 0 fe201000.serial uart-pl011\n"
        "/soc/serial@7e201000 0 fe201000.serial:0 ctrl\n"
        "/soc/gpio@7e200000 0 gpiochip0 \n"
        "/soc/gpio@7e200000 0 fe200000.gpio pinctrl-bcm2835\n"
        "/scb/mdio/ethernet-phy@1 0 unimac-mdio--19:01 Broadcom BCM54213PE\n"
        "/soc/mmc@7e300000 1 fe300000.mmc \n"
        "/soc/i2c@7e804000 0 fe804000.i2c \n"
        "/soc/thermal 0 soc:thermal\n"
        "/leds 0 leds \n";
    std::string deferred = {};
    std::string nodes =
        ".\n./soc\n./soc/serial@7e201000\n./soc/gpio@7e200000\n./soc/mmc@7e300000\n"
        "./soc/i2c@7e804000\n./soc/i2c@7e804000/rtc@68\n./soc/thermal\n./leds\n"
        "./soc/hdmi@7ef00700\n./soc/hdmi@7ef00700/port\n./soc/gpio@7e200000/pins\n";
    std::string disabled = "./soc/hdmi@7ef00700/status\n";
    std::string messages = {};

    RunningDevices read() const {
        return RunningDevices(std::vector{devices, deferred, nodes, disabled, messages});
    }
};

}  // namespace

TEST_CASE("one bound device of a node is enough, whatever its bus and however its driver is called") {
    const auto running = System{}.read();
    CHECK_FALSE(running.empty());
    CHECK(running.is_bound("/soc/serial@7e201000"));
    CHECK(running.is_bound("/soc/gpio@7e200000"));
    CHECK(running.is_bound("/scb/mdio/ethernet-phy@1"));
    CHECK_FALSE(running.is_bound("/leds"));
    CHECK_FALSE(running.is_bound("/soc/thermal"));
    CHECK_FALSE(running.is_bound("/soc"));
}

TEST_CASE("why a node is not bound") {
    System system;
    auto running = system.read();
    CHECK(running.why_unbound("/leds") == "no driver took leds");
    CHECK(running.why_unbound("/soc/mmc@7e300000") == "waits for a supplier");
    CHECK(running.why_unbound("/soc/hdmi@7ef00700") == "disabled in the running device tree");
    CHECK(running.why_unbound("/soc/hdmi@7ef00700/port") == "disabled in the running device tree");
    CHECK(running.why_unbound("/scb/pcie@7d500000") == "not in the running device tree");
    CHECK(running.why_unbound("/soc/i2c@7e804000/rtc@68") ==
          "no device was made for it: /soc/i2c@7e804000 is not bound either");
    CHECK(running.why_unbound("/soc/gpio@7e200000/pins") == "no device was made for it");
    SECTION("deferred, with the reason where the kernel has debugfs") {
        system.deferred = "fe300000.mmc\tplatform: wait for supplier /soc/firmware/gpio\nleds\t\n";
        running = system.read();
        CHECK(running.why_unbound("/soc/mmc@7e300000") ==
              "deferred: platform: wait for supplier /soc/firmware/gpio");
        CHECK(running.why_unbound("/leds") == "deferred");
    }
    SECTION("deferred, as the kernel's messages say") {
        system.messages =
            "[   12.0] platform fe300000.mmc: deferred probe pending: sdhci: no clock\n"
            "[   12.0] platform leds: deferred probe pending\n";
        running = system.read();
        CHECK(running.why_unbound("/soc/mmc@7e300000") == "deferred: sdhci: no clock");
        CHECK(running.why_unbound("/leds") == "deferred");
    }
    SECTION("a probe that failed, in the words of new kernels") {
        system.messages = "[ 2.1] leds-gpio leds: probe with driver leds-gpio failed with error -5\n";
        CHECK(system.read().why_unbound("/leds") == "probe with driver leds-gpio failed with error -5");
    }
    SECTION("a probe that failed, in the words of older kernels") {
        system.messages = "[    2.122719] leds-gpio: probe of leds failed with error -5\n";
        CHECK(system.read().why_unbound("/leds") == "probe of leds failed with error -5");
    }
    SECTION("nodes are not known: nothing is said about the device tree") {
        system.nodes.clear();
        CHECK(system.read().why_unbound("/scb/pcie@7d500000") == "no device was made for it");
    }
}

TEST_CASE("lines that are something else are passed over") {
    System system;
    system.devices = "sh: syntax error\n/soc\n/soc/x\n/soc/x 2 y driver\n 0 root driver\n/a 0\n";
    system.messages =
        "failed with error -5: probe of x\n: probe of \n: deferred probe pending\n failed with error ";
    system.disabled = "(standard input)\n";
    CHECK(system.read().empty());
    CHECK(RunningDevices({}).empty());
    CHECK(RunningDevices({}).why_unbound("/a/b") == "no device was made for it");
}

TEST_CASE("each question fits the line that a small shell reads") {
    for (const auto& question : RunningDevices::questions()) {
        // busybox takes 1024 bytes with the marks around the question.
        CHECK(question.size() < 800);
        CHECK(question.find_first_of("\n\t") == std::string::npos);
    }
}
