#include "sdk/devices/requests.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/devices/fixture.hpp"

using namespace rpikit;
using devices::Cause;
using devices::Outcome;

namespace {

struct Planned {
    test::DriverTree tree;
    devices::Derivation derivation;
    devices::Requests requests;

    Planned(const std::string& nodes, const devices::NodeChoices& choices = {},
            const kconfig::DotConfig& base = {}, const devices::Complete& complete = {},
            const std::vector<devices::Rule>& rules = {},
            const std::vector<kconfig::Assignment>& wanted = {}) {
        const auto text = "/ { compatible = \"acme,board\"; " + nodes + " };";
        derivation = devices::derive(tree.index(), test::read_nodes(text), rules, "arm64", choices).value();
        auto kconfig = tree.kconfig();
        REQUIRE(kconfig);
        auto planned = devices::plan_requests(*kconfig, base, derivation, complete, wanted);
        REQUIRE(planned);
        requests = *std::move(planned);
    }

    /// "ACME_MAC=y", sorted.
    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (const auto& request : requests.requests)
            all.push_back(request.symbol + "=" + request.value);
        return all;
    }
    const devices::Request& of(const std::string& symbol) const {
        const auto found = std::ranges::find(requests.requests, symbol, &devices::Request::symbol);
        REQUIRE(found != requests.requests.end());
        return *found;
    }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a node's driver is asked for with all that it depends on, each with its reason", "[devices]") {
    const Planned plan("e@1 { compatible = \"acme,mac\"; };");
    // Not ACME_LIB, which ACME_MAC selects, nor COMPILE_TEST.
    CHECK(plan.lines() == Lines{"ACME_MAC=y", "ARCH_ACME=y", "NET=y", "NETDEVICES=y", "NET_VENDOR_ACME=y"});
    CHECK(plan.of("ARCH_ACME").cause == Cause::platform);
    CHECK(plan.of("ACME_MAC").cause == Cause::driver);
    CHECK(plan.of("ACME_MAC").because == std::vector<std::string>{"/e@1"});
    CHECK(plan.of("ACME_MAC").detail == "drivers/net/acme/mac.c");
    CHECK(plan.of("NET").cause == Cause::dependency);
    CHECK(plan.of("NET").because == std::vector<std::string>{"ACME_MAC"});
    CHECK(plan.requests.refusals.empty());
    CHECK(plan.requests.fragment().contains("# driver: /e@1; drivers/net/acme/mac.c\nCONFIG_ACME_MAC=y\n"));
}

TEST_CASE("what the base has is not asked for again", "[devices]") {
    kconfig::DotConfig base;
    for (const auto* symbol : {"ARCH_ACME", "NET", "NETDEVICES", "NET_VENDOR_ACME"})
        base.set(symbol, "y");
    const Planned plan("e@1 { compatible = \"acme,mac\"; };", {}, base);
    CHECK(plan.lines() == Lines{"ACME_MAC=y"});
}

TEST_CASE("a driver of another platform is refused with the expression that is not met", "[devices]") {
    const Planned plan("e@1 { compatible = \"other,mac\"; };");
    CHECK(plan.lines() == Lines{"ARCH_ACME=y"});
    REQUIRE(plan.requests.refusals.size() == 1);
    CHECK(plan.requests.refusals.front().symbol == "OTHER_MAC");
    CHECK(plan.requests.refusals.front().nodes == Lines{"/e@1"});
    REQUIRE_FALSE(plan.requests.refusals.front().reasons.empty());
    CHECK(plan.requests.refusals.front().reasons.front().contains("ARCH_OTHER || COMPILE_TEST"));
    const auto& row = test::row_of(plan.derivation, "/e@1");
    CHECK(row.outcome == Outcome::left_out);
    CHECK(row.reason.starts_with("drivers/net/other.c needs OTHER_MAC"));
}

TEST_CASE("code of another platform that only asks for a node is no driver that the node lacks",
          "[devices]") {
    const std::string nodes = "s@1 { compatible = \"acme,dma\"; };";
    const Planned alone(nodes);
    CHECK(alone.requests.refusals.empty());
    const auto& row = test::row_of(alone.derivation, "/s@1");
    CHECK(row.outcome == Outcome::no_driver);
    CHECK(row.reason ==
          "drivers/net/platform.c needs ARCH_OTHER, which cannot be had: ARCH_OTHER is another platform's");
    devices::Rule rule{.reason = "found by its number", .where = {}};
    rule.compatible = {"acme,dma"};
    rule.symbols = {"ACME_PMIC"};
    const Planned ruled(nodes, {}, {}, {}, {rule});
    CHECK(test::row_of(ruled.derivation, "/s@1").outcome == Outcome::driven);
    CHECK(test::row_of(ruled.derivation, "/s@1").reason.empty());
}

TEST_CASE("a driver that would switch off what was asked for before is withdrawn, and says so", "[devices]") {
    const auto complete = [](const std::vector<kconfig::Assignment>& requests) -> Result<kconfig::DotConfig> {
        kconfig::DotConfig config;
        for (const auto& each : requests)
            config.set(each.symbol, each.value);
        if (config.value("AGAINST_WIFI") == "y") config.set("ACME_MAC", "n");
        return config;
    };
    const Planned plan("e@1 { compatible = \"acme,mac\"; }; n@2 { compatible = \"acme,no-wifi\"; };", {}, {},
                       complete);
    CHECK(plan.of("ACME_MAC").value == "y");
    CHECK(std::ranges::count(plan.requests.requests, "AGAINST_WIFI", &devices::Request::symbol) == 0);
    CHECK(test::row_of(plan.derivation, "/n@2").outcome == Outcome::left_out);
    const auto refusal = std::ranges::find(plan.requests.refusals, "AGAINST_WIFI", &devices::Refusal::symbol);
    REQUIRE(refusal != plan.requests.refusals.end());
    CHECK(refusal->reasons == Lines{"AGAINST_WIFI would switch ACME_MAC off, which was asked for before"});
}

TEST_CASE("of two drivers for one id the one that can be had is taken", "[devices]") {
    const Planned plan("s@1 { compatible = \"acme,uart\"; };");
    CHECK(plan.lines() == Lines{"ARCH_ACME=y", "UART_ACME=y"});
    CHECK(test::sources(test::row_of(plan.derivation, "/s@1").needs.front().drivers) ==
          Lines{"drivers/tty/uart.c"});
}

TEST_CASE("what one node needs is not switched off for another", "[devices]") {
    const Planned plan("w@1 { compatible = \"acme,wifi\"; }; n@2 { compatible = \"acme,no-wifi\"; };");
    CHECK(plan.lines() == Lines{"ARCH_ACME=y", "NET=y", "NETDEVICES=y", "WIFI=y"});
    REQUIRE(plan.requests.refusals.size() == 1);
    CHECK(plan.requests.refusals.front().symbol == "AGAINST_WIFI");
    CHECK(test::row_of(plan.derivation, "/n@2").outcome == Outcome::left_out);
}

TEST_CASE("what comes by itself needs no line", "[devices]") {
    const Planned plan("i { compatible = \"acme,irq\"; };");
    CHECK(plan.lines() == Lines{"ARCH_ACME=y"});
    CHECK(plan.requests.refusals.empty());
    CHECK(test::row_of(plan.derivation, "/i").outcome == Outcome::driven);
}

TEST_CASE("a node wanted as module makes modules of what can be one", "[devices]") {
    const Planned plan("e@1 { compatible = \"acme,mac\"; };", {.as_module = {"/e@1"}});
    CHECK(plan.lines() ==
          Lines{"ACME_MAC=m", "ARCH_ACME=y", "MODULES=y", "NET=y", "NETDEVICES=y", "NET_VENDOR_ACME=y"});
}

TEST_CASE("what the symbols of drivers and rules come to is told", "[devices]") {
    const Planned plan("e@1 { compatible = \"acme,mac\"; }; s@1 { compatible = \"acme,uart\"; };",
                       {.as_module = {"/e@1"}});
    CHECK(plan.requests.values.at("ACME_MAC") == "m");
    CHECK(plan.requests.values.at("UART_ACME") == "y");
    CHECK_FALSE(plan.requests.values.contains("UART_FAST"));
}

TEST_CASE("a node of which only the rules' part can be had is not said to have its driver", "[devices]") {
    devices::Rule rule{.reason = "its watchdog", .where = {}};
    rule.compatible = {"other,mac"};
    rule.symbols = {"ACME_PMIC_WDT"};
    const Planned plan("e@1 { compatible = \"other,mac\"; };", {}, {}, {}, {rule});
    const auto& row = test::row_of(plan.derivation, "/e@1");
    CHECK(row.outcome == Outcome::driven);
    CHECK(row.needs.empty());
    CHECK(row.reason.starts_with("drivers/net/other.c needs OTHER_MAC"));
}

TEST_CASE("a symbol that one node wants as module and another built in is built in for the rest",
          "[devices]") {
    std::vector<std::string> last;
    const auto complete =
        [&](const std::vector<kconfig::Assignment>& requests) -> Result<kconfig::DotConfig> {
        kconfig::DotConfig config;
        for (const auto& each : requests)
            config.set(each.symbol, each.value);
        last = {config.value("ACME_MAC")};
        return config;
    };
    const Planned plan("e@1 { compatible = \"acme,mac\"; }; e@2 { compatible = \"acme,mac\"; };",
                       {.as_module = {"/e@1"}}, {}, complete);
    CHECK(plan.of("ACME_MAC").value == "y");
    CHECK(last == std::vector<std::string>{"y"});
}

TEST_CASE("a rule's symbols are asked for, those that the kernel does not know are passed over",
          "[devices]") {
    devices::Rule rule{.reason = "its watchdog", .where = {}};
    rule.compatible = {"acme,pmic9"};
    rule.symbols = {"ACME_PMIC_WDT", "OF_ANOTHER_VERSION"};
    const Planned plan("i2c { c@9 { compatible = \"acme,pmic9\"; }; };", {}, {}, {}, {rule});
    CHECK(plan.lines() == Lines{"ACME_PMIC=y", "ACME_PMIC_WDT=y", "ARCH_ACME=y"});
    CHECK(plan.of("ACME_PMIC_WDT").cause == Cause::rule);
    CHECK(plan.of("ACME_PMIC_WDT").detail == "its watchdog");
    CHECK(plan.requests.refusals.empty());
}

TEST_CASE("an evaluator's values are what the next node sees", "[devices]") {
    std::vector<std::size_t> sizes;
    const auto complete =
        [&](const std::vector<kconfig::Assignment>& requests) -> Result<kconfig::DotConfig> {
        sizes.push_back(requests.size());
        kconfig::DotConfig config;
        for (const auto& each : requests)
            config.set(each.symbol, each.value);
        config.set("NO_WIFI", "y");  // as if something had selected it
        config.set("NET", "y");
        config.set("NETDEVICES", "y");
        return config;
    };
    const Planned plan("e@1 { compatible = \"acme,mac\"; }; w@2 { compatible = \"acme,wifi\"; };", {}, {},
                       complete);
    // NETDEVICES is on without being asked for; the WiFi is in the way of NO_WIFI, which can be switched off.
    CHECK(plan.lines() == Lines{"ACME_MAC=y", "ARCH_ACME=y", "NET_VENDOR_ACME=y", "NO_WIFI=n", "WIFI=y"});
    CHECK(sizes.front() == 0);
    CHECK(sizes.size() >= 3);
}

TEST_CASE("a failing evaluator's error is passed on", "[devices]") {
    test::DriverTree tree;
    auto derivation =
        devices::derive(tree.index(), test::read_nodes("/ { compatible = \"acme,soc\"; };"), {}, "arm64")
            .value();
    const auto kconfig = tree.kconfig();
    REQUIRE(kconfig);
    const auto failing = [](const auto&) -> Result<kconfig::DotConfig> {
        return fail({.message = "no conf"});
    };
    const auto planned = devices::plan_requests(*kconfig, {}, derivation, failing);
    REQUIRE_FALSE(planned);
    CHECK(planned.error().message == "no conf");
}

TEST_CASE("what the user asks for is not gone against: no driver, or a module of it", "[devices]") {
    const auto plan = [](const std::string& symbol, const std::string& value) {
        kconfig::DotConfig base;
        base.set(symbol, value);
        return Planned("e@1 { compatible = \"acme,mac\"; };", {}, base, {}, {},
                       {{symbol, value, {.file = "mine.config", .line = 3}}});
    };
    const auto refused = plan("ACME_MAC", "n");
    CHECK(refused.lines() == Lines{"ARCH_ACME=y"});
    CHECK(test::row_of(refused.derivation, "/e@1").outcome == Outcome::left_out);
    REQUIRE(refused.requests.refusals.size() == 1);
    CHECK(refused.requests.refusals[0].reasons ==
          std::vector<std::string>{"CONFIG_ACME_MAC=n is asked for in mine.config:3"});
    // Nor what it depends on.
    CHECK(plan("NETDEVICES", "n").lines() == Lines{"ARCH_ACME=y"});
    const auto module = plan("ACME_MAC", "m");
    CHECK(test::row_of(module.derivation, "/e@1").outcome == Outcome::driven);
    for (const auto& request : module.requests.requests)
        CHECK((request.symbol != "ACME_MAC" || request.value == "m"));
}
