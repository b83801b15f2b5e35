#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/kconfig/fixture.hpp"

using namespace rpikit;
using test::KconfigFixture;

namespace {

constexpr auto tree_text = R"(config NET
	bool "Networking support"

config CRC
	tristate

config CORE
	bool

menu "Drivers"
	depends on NET

config CARD
	tristate "A card's driver"
	depends on CORE || OTHER
	select CRC

config TOOL
	tristate "A tool"
	select CRC if CARD
	imply EXTRA

config EXTRA
	bool "More"
	default y if TOOL
endmenu

choice
	prompt "Timer"
config HZ_250
	bool "250"
config HZ_300
	bool "300"
endchoice

config HZ
	int
	default 250 if HZ_250
	default 300 if HZ_300
)";

kconfig::Description describe(KconfigFixture& fixture, const std::string& symbol, std::string_view config) {
    auto tree = fixture.load();
    REQUIRE(tree);
    auto found = tree->describe(symbol, KconfigFixture::parse(config));
    REQUIRE(found);
    return *std::move(found);
}

std::vector<std::string> independent(KconfigFixture& fixture,
                                     const std::map<std::string, std::string>& changes) {
    auto tree = fixture.load();
    REQUIRE(tree);
    return tree->independent(changes);
}

}  // namespace

TEST_CASE("a symbol is described with what it depends on, evaluated") {
    KconfigFixture fixture(tree_text);
    const auto card = describe(fixture, "CARD", "CONFIG_NET=y\n");
    CHECK(card.type == "tristate");
    CHECK(card.prompt == "A card's driver");
    CHECK(card.value == "n");
    REQUIRE(card.defined.size() == 1);
    CHECK(card.defined[0] == Location{.file = "Kconfig", .line = 13});
    REQUIRE(card.depends.size() == 2);
    CHECK(card.depends[0].expression == "NET");
    CHECK(card.depends[0].value == "y");
    CHECK(card.depends[0].unmet.empty());
    CHECK(card.depends[1].expression == "CORE || OTHER");
    CHECK(card.depends[1].value == "n");
    REQUIRE(card.depends[1].unmet.size() == 1);
    CHECK(card.depends[1].unmet[0] == "CORE is n (Kconfig:7)");
}

TEST_CASE("a symbol without prompt tells who selects it, and who does in this configuration") {
    KconfigFixture fixture(tree_text);
    const auto crc = describe(fixture, "CRC", "CONFIG_NET=y\nCONFIG_CORE=y\nCONFIG_CARD=m\nCONFIG_CRC=m\n");
    CHECK(crc.prompt.empty());
    REQUIRE(crc.selected_by.size() == 2);
    CHECK(crc.selected_by[0].symbol == "CARD");
    CHECK(crc.selected_by[0].value == "m");
    CHECK(crc.selected_by[0].active);
    CHECK(crc.selected_by[1].symbol == "TOOL");
    CHECK(crc.selected_by[1].condition == "CARD");
    CHECK_FALSE(crc.selected_by[1].active);
    const auto extra = describe(fixture, "EXTRA", "CONFIG_NET=y\nCONFIG_TOOL=y\n");
    REQUIRE(extra.implied_by.size() == 1);
    CHECK(extra.implied_by[0].active);
    REQUIRE(extra.default_in_force);
    CHECK(extra.default_in_force->expression == "y");
}

TEST_CASE("members of a choice name each other; an unknown symbol is none") {
    KconfigFixture fixture(tree_text);
    CHECK(describe(fixture, "HZ_300", "").choice == std::vector<std::string>{"HZ_250", "HZ_300"});
    CHECK(describe(fixture, "NET", "").choice.empty());
    CHECK_FALSE(fixture.load()->describe("NO_SUCH", {}));
}

TEST_CASE("of changes, those that nothing else brings about are independent") {
    KconfigFixture fixture(tree_text);
    // CRC comes from CARD, CARD may come from NET.
    CHECK(independent(fixture, {{"NET", "y"}, {"CARD", "m"}, {"CRC", "m"}}) ==
          std::vector<std::string>{"NET"});
    CHECK(independent(fixture, {{"CARD", "m"}, {"CRC", "m"}}) == std::vector<std::string>{"CARD"});
    // Of a choice, what becomes y.
    CHECK(independent(fixture, {{"HZ_250", "n"}, {"HZ_300", "y"}, {"HZ", "300"}}) ==
          std::vector<std::string>{"HZ_300"});
    CHECK(independent(fixture, {{"EXTRA", "n"}}) == std::vector<std::string>{"EXTRA"});
    CHECK(independent(fixture, {{"CRC", "m"}}).empty());
    CHECK(independent(fixture, {}).empty());
}

TEST_CASE("changes that all follow from what has no prompt start with the first of the menus") {
    KconfigFixture fixture(
        "config P\n\tdef_bool y\n\nconfig A\n\tbool \"a\"\n\tdefault y if P\n\nconfig B\n\tbool \"b\"\n"
        "\tdefault y if A\n");
    CHECK(independent(fixture, {{"P", "y"}, {"A", "y"}, {"B", "y"}}) == std::vector<std::string>{"A"});
}
