#include "sdk/emulator/device_checks.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/emulator/checks.hpp"

using namespace rpikit::emulator;

namespace {

const std::vector<ExpectedDevice> devices{{"/soc/serial@7e201000", "drivers/tty/serial/amba-pl011.c"},
                                          {"/soc/hdmi@7ef00700", "drivers/gpu/drm/vc4/vc4_hdmi.c"},
                                          {"/soc/hdmi@7ef00700/i2c", "drivers/i2c/i2c.c"},
                                          {"/leds", "drivers/leds/leds-gpio.c"}};

std::vector<CheckedItem> check(const std::vector<ExpectedDevice>& expected,
                               const std::vector<std::string>& unbound,
                               const std::string& running =
                                   "/soc/serial@7e201000 0 fe201000.serial uart-pl011\n"
                                   "/soc/hdmi@7ef00700 0 fef00700.hdmi \n"
                                   "/leds 0 leds leds-gpio\n") {
    return check_devices({.devices = expected, .unbound = unbound},
                         std::vector<std::string>{running, "", "", "", ""});
}

}  // namespace

TEST_CASE("devices that are all bound are one item") {
    const auto items = check({devices[0], devices[3]}, {"/soc/*"});
    REQUIRE(items.size() == 1);
    CHECK(items[0].what == "devices with a driver");
    CHECK(items[0].found == "2 of 2 bound");
    CHECK(items[0].passed);
}

TEST_CASE("each device that is not bound is an item with its driver and the reason") {
    const auto items = check(devices, {});
    REQUIRE(items.size() == 3);
    CHECK(items[0].expected == "4 bound");
    CHECK(items[0].found == "2 of 4 bound");
    CHECK_FALSE(items[0].passed);
    CHECK(items[1].what == "/soc/hdmi@7ef00700");
    CHECK(items[1].expected == "bound by drivers/gpu/drm/vc4/vc4_hdmi.c");
    CHECK(items[1].found == "not bound (no driver took fef00700.hdmi)");
    CHECK_FALSE(items[1].passed);
    CHECK(items[2].found == "not bound (no device was made for it: /soc/hdmi@7ef00700 is not bound either)");
}

TEST_CASE("what the emulator does not have may be unbound, and all below it") {
    const auto items = check(devices, {"/soc/hdmi@*00700", "/none"});
    REQUIRE(items.size() == 3);
    CHECK(items[0].expected == "2 bound");
    CHECK(items[0].found == "2 of 4 bound, 2 not in the emulator");
    CHECK(items[1].found == "not in the emulator (no driver took fef00700.hdmi)");
    for (const auto& item : items)
        CHECK(item.passed);
}

TEST_CASE("a pattern excuses no other node") {
    const auto items = check(devices, {"/soc/hdmi@7ef0570?", "/soc/hdmi"});
    REQUIRE(items.size() == 3);
    CHECK_FALSE(items[1].passed);
}

TEST_CASE("a node that is named twice counts once") {
    CHECK(check({devices[0], devices[0]}, {}).front().found == "1 of 1 bound");
}

TEST_CASE("a system without devices of a device tree fails") {
    const auto items = check(devices, {"*"}, "");
    REQUIRE(items.size() == 1);
    CHECK_FALSE(items[0].passed);
    CHECK(items[0].found == "no device of a device tree in /sys");
}

TEST_CASE("nodes that the emulator's settings disable are not expected, nor those below") {
    rpikit::board::Emulator emulator;
    emulator.device_tree = {{.node = "/soc/hdmi@7ef00700", .disable = true},
                            {.node = "/leds", .disable = false}};
    const auto left = enabled_in_emulator(devices, emulator);
    REQUIRE(left.size() == 2);
    CHECK(left[1].node == "/leds");
    emulator.device_tree[0].node = "/soc/hdmi";
    CHECK(enabled_in_emulator(devices, emulator).size() == 4);
    emulator.device_tree[0].node = "/";
    CHECK(enabled_in_emulator(devices, emulator).empty());
    emulator.firmware = "u-boot";  // whose device tree nobody changes
    CHECK(enabled_in_emulator(devices, emulator).size() == 4);
}

TEST_CASE("devices are asked for where some are expected, behind all else") {
    const Expectation none{.release = "6.12"};
    const Expectation some{.release = "6.12", .devices = devices};
    const auto asked = questions(some);
    REQUIRE(asked.size() == questions(none).size() + device_questions().size());
    std::vector<std::string> answers(asked.size());
    answers[questions(none).size()] = "/leds 0 leds leds-gpio\n";
    const auto findings = evaluate(some, answers);
    CHECK(findings.items.back().what == "/soc/hdmi@7ef00700/i2c");
    CHECK(evaluate(none, answers).items.empty());
}
