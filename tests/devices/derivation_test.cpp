#include "sdk/devices/derivation.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/devices/fixture.hpp"

using namespace rpikit;
using devices::Outcome;

namespace {

constexpr std::string_view acme_board = R"(
/ {
	compatible = "acme,board", "acme,soc";
	model = "Acme Board";
	cpus { cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; }; };
	soc {
		compatible = "simple-bus";
		mac: ethernet@1 { compatible = "acme,mac-v3", "acme,mac-v2"; };
		ethernet@2 { compatible = "acme,mac"; status = "disabled"; };
		off { status = "disabled"; ethernet@3 { compatible = "acme,mac"; }; };
		serial@4 { compatible = "acme,uart"; status = "okay"; };
		wifi@5 { compatible = "acme,wifi"; };
		i2c@6 { compatible = "acme,i2c"; chip@9 { compatible = "acme,pmic9"; }; };
		thing@7 { compatible = "acme,thing"; };
		ethernet@8 { compatible = "usb424,9514"; };
		plain { label = "no compatible"; };
		irq { compatible = "acme,irq"; };
	};
};)";

std::vector<devices::Rule> rules() {
    devices::Rule bus{.reason = "a bus", .where = {}};
    bus.compatible = {"simple-bus"};
    bus.leave_out = true;
    devices::Rule pmic{.reason = "its watchdog", .where = {}};
    pmic.compatible = {"acme,pmic*"};
    pmic.symbols = {"ACME_PMIC_WDT"};
    return {bus, pmic};
}

devices::Derivation derive(std::string_view text, const devices::NodeChoices& choices = {}) {
    const test::DriverTree tree;
    auto result = devices::derive(tree.index(), test::read_nodes(text), rules(), "arm64", choices);
    REQUIRE(result);
    return *std::move(result);
}

bool has_row(const devices::Derivation& derivation, std::string_view path) {
    return std::ranges::any_of(derivation.nodes, [&](const auto& row) { return row.path == path; });
}

}  // namespace

TEST_CASE("every enabled node has its driver, or why it has none", "[devices]") {
    const auto result = derive(acme_board);
    CHECK(result.platforms == devices::Conditions{"ARCH_ACME"});
    CHECK(result.warnings.empty());
    const auto& mac = test::row_of(result, "/soc/ethernet@1");
    REQUIRE(mac.needs.size() == 1);
    CHECK(mac.needs.front().id == "acme,mac-v2");
    CHECK(mac.needs.front().drivers.front().source == "drivers/net/acme/mac.c");
    CHECK(test::row_of(result, "/soc/wifi@5").needs.front().drivers.front().source == "drivers/net/wifi.c");
    CHECK(test::row_of(result, "/soc/irq").outcome == Outcome::driven);
    CHECK(test::row_of(result, "/soc/thing@7").outcome == Outcome::no_driver);
    CHECK(test::row_of(result, "/soc/thing@7").reason == "no driver in this tree");
    CHECK(test::row_of(result, "/soc").reason == "a bus");
    CHECK(test::row_of(result, "/soc").outcome == Outcome::left_out);
    // Disabled, below a disabled one, without a compatible.
    CHECK_FALSE(has_row(result, "/soc/ethernet@2"));
    CHECK_FALSE(has_row(result, "/soc/off/ethernet@3"));
    CHECK_FALSE(has_row(result, "/soc/plain"));
}

TEST_CASE("devices on I2C and USB are found by the names and numbers of those buses", "[devices]") {
    const auto result = derive(acme_board);
    const auto& chip = test::row_of(result, "/soc/i2c@6/chip@9");
    CHECK(chip.needs.front().drivers.front().source == "drivers/mfd/pmic.c");
    REQUIRE(chip.wishes.size() == 1);
    CHECK(chip.wishes.front().symbols == std::vector<std::string>{"ACME_PMIC_WDT"});
    CHECK(test::row_of(result, "/soc/ethernet@8").needs.front().drivers.front().bus == devices::Bus::usb);
    // The same name where no such bus is.
    const auto elsewhere = derive(
        "/ { compatible = \"acme,soc\"; chip { compatible = \"acme,pmic9x\"; }; "
        "x { compatible = \"pmic9\"; }; };");
    CHECK(test::row_of(elsewhere, "/x").outcome == Outcome::no_driver);
}

TEST_CASE("an id that matches two drivers of a kind lists both for one need", "[devices]") {
    const auto result = derive(acme_board);
    const auto& needs = test::row_of(result, "/soc/serial@4").needs;
    REQUIRE(needs.size() == 1);
    CHECK(test::sources(needs.front().drivers) ==
          std::vector<std::string>{"drivers/tty/fast.c", "drivers/tty/uart.c"});
}

TEST_CASE("a user leaves nodes out or wants them as modules", "[devices]") {
    const auto result =
        derive(acme_board, {.leave_out = {"/soc/serial@4", "acme,wifi"}, .as_module = {"/soc/ethernet@*"}});
    CHECK(test::row_of(result, "/soc/serial@4").outcome == Outcome::left_out);
    CHECK(test::row_of(result, "/soc/serial@4").needs.empty());
    CHECK(test::row_of(result, "/soc/wifi@5").reason.contains("board file"));
    CHECK(test::row_of(result, "/soc/ethernet@1").value == "m");
    CHECK(test::row_of(result, "/soc/irq").value == "y");
}

TEST_CASE("a rule takes a false match away", "[devices]") {
    const test::DriverTree tree;
    devices::Rule rule{.reason = "only asks", .where = {}};
    rule.not_drivers = {"drivers/net/wifi*"};
    const auto result = devices::derive(tree.index(), test::read_nodes(acme_board), {rule}, "arm64");
    REQUIRE(result);
    CHECK(test::row_of(*result, "/soc/wifi@5").outcome == Outcome::no_driver);
}

TEST_CASE("a node that is left out is not driven by code that only looks for it, but by what binds to it",
          "[devices]") {
    const test::DriverTree tree;
    devices::Rule rule{.reason = "a part", .where = {}};
    rule.compatible = {"acme,wifi", "acme,uart"};
    rule.leave_out = true;
    const auto result = devices::derive(tree.index(), test::read_nodes(acme_board), {rule}, "arm64");
    REQUIRE(result);
    CHECK(test::row_of(*result, "/soc/wifi@5").outcome == Outcome::left_out);
    CHECK(test::row_of(*result, "/soc/serial@4").outcome == Outcome::driven);
}

TEST_CASE("a device tree for another architecture is refused, an unknown platform is said", "[devices]") {
    const test::DriverTree tree;
    const auto nodes = test::read_nodes(
        "/ { compatible = \"x,y\"; cpus { cpu@0 { device_type = \"cpu\"; "
        "compatible = \"sifive,u54\", \"riscv\"; }; }; };");
    const auto wrong = devices::derive(tree.index(), nodes, {}, "arm64");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message == "the device tree is for riscv, the kernel for arm64");
    const auto unknown = derive("/ { compatible = \"nobody,knows\"; };");
    CHECK(unknown.platforms.empty());
    REQUIRE(unknown.warnings.size() == 1);
    CHECK(unknown.warnings.front().contains("nobody,knows"));
}

TEST_CASE("a rule tells the platform of a machine of which the kernel has no device tree", "[devices]") {
    const test::DriverTree tree;
    const auto nodes = test::read_nodes("/ { compatible = \"emulated,board\"; };");
    devices::Rule rule{.reason = "an emulator", .where = {}};
    rule.compatible = {"emulated,*"};
    rule.leave_out = true;
    const auto without = devices::derive(tree.index(), nodes, {rule}, "arm64");
    REQUIRE(without);
    CHECK(without->platforms.empty());
    CHECK(without->warnings.empty());
    rule.symbols = {"ARCH_ACME"};
    const auto with = devices::derive(tree.index(), nodes, {rule}, "arm64");
    REQUIRE(with);
    CHECK(with->platforms == devices::Conditions{"ARCH_ACME"});
    CHECK(with->platform_of == "emulated,board");
    rule.compatible = {"other"};
    const auto unmatched = devices::derive(tree.index(), nodes, {rule}, "arm64");
    REQUIRE(unmatched);
    CHECK(unmatched->platforms.empty());
    CHECK(unmatched->warnings.size() == 1);
}

TEST_CASE("device trees that are cut off or overwritten are refused or read, never past their end",
          "[devices]") {
    const auto whole = test::compile_device_tree(acme_board);
    for (std::size_t size = 0; size < whole.size(); size += 3)
        CHECK_FALSE(devices::read_device_tree(std::string(whole, 0, size)));
    const test::DriverTree tree;
    const auto index = tree.index();
    std::minstd_rand random(1);
    std::size_t read = 0;
    for (int round = 0; round < 1000; ++round) {
        auto bytes = whole;
        for (int i = 0; i < 3; ++i)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        const auto nodes = devices::read_device_tree(bytes);
        if (!nodes) continue;
        ++read;
        if (const auto result = devices::derive(index, *nodes, rules(), "arm64"))
            CHECK(result->nodes.size() < bytes.size());
    }
    CHECK(read > 0);
}

TEST_CASE("what a running machine has goes through the same index", "[devices]") {
    const test::DriverTree tree;
    const auto result = devices::derive_modaliases(
        tree.index(),
        {"i2c:pmic9\n", "pci:v00001AF4d00000011sv0sd0bc02sc00i00", "i2c:pmic9", "", "acpi:NONE:"}, {});
    REQUIRE(result.nodes.size() == 3);
    CHECK(test::row_of(result, "i2c:pmic9").needs.front().drivers.front().source == "drivers/mfd/pmic.c");
    CHECK(test::row_of(result, "acpi:NONE:").outcome == Outcome::no_driver);
}
