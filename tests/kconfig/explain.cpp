#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "tests/kconfig/fixture.hpp"

using namespace rpikit;
using test::KconfigFixture;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* kernel = R"(config MODULES
	bool "modules"
	modules
config EXPERT
	bool "expert"
config COMPILE_TEST
	bool "compile also elsewhere"
config ARCH_BCM
	bool "Broadcom"
config BUS
	bool "a bus"
if BUS
config CORE
	tristate "core"
config DRIVER
	tristate "driver"
	depends on CORE
endif
menu "Thermal"
	depends on BUS
config SENSOR
	bool "sensor"
	depends on ARCH_BCM || COMPILE_TEST
	depends on !EXPERT
endmenu
)";

bool any_contains(const Lines& lines, const std::string& text) {
    return std::ranges::any_of(lines, [&](const auto& line) { return line.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("a met request has no reasons") {
    KconfigFixture fixture(kernel);
    CHECK(fixture.explain("BUS", "y", "CONFIG_BUS=y\n").empty());
    CHECK(fixture.remedy("BUS", "y", "CONFIG_BUS=y\n").empty());
}

TEST_CASE("the unmet dependency is named with its value and place, down to the root") {
    KconfigFixture fixture(kernel);
    CHECK(fixture.explain("DRIVER", "y", "") == Lines{
                                                    "DRIVER needs BUS (Kconfig:12): BUS is n (Kconfig:10)",
                                                    "DRIVER needs CORE (Kconfig:17): CORE is n (Kconfig:13)",
                                                    "CORE needs BUS (Kconfig:12): BUS is n (Kconfig:10)",
                                                });
    CHECK(fixture.remedy("DRIVER", "y", "") == Lines{"CONFIG_BUS=y", "CONFIG_CORE=y"});
    CHECK(fixture.explain("DRIVER", "y", "CONFIG_BUS=y\n") ==
          Lines{"DRIVER needs CORE (Kconfig:17): CORE is n (Kconfig:13)"});
}

TEST_CASE("a dependency that is m holds y back, not m") {
    KconfigFixture fixture(kernel);
    const char* config = "CONFIG_MODULES=y\nCONFIG_BUS=y\nCONFIG_CORE=m\nCONFIG_DRIVER=m\n";
    CHECK(fixture.explain("DRIVER", "y", config) ==
          Lines{"DRIVER=y needs CORE (Kconfig:17): CORE is m (Kconfig:13)"});
    CHECK(fixture.remedy("DRIVER", "y", config) == Lines{"CONFIG_CORE=y"});
    CHECK(fixture.remedy("DRIVER", "m", "CONFIG_MODULES=y\nCONFIG_BUS=y\n") == Lines{"CONFIG_CORE=m"});
}

TEST_CASE("m without modules, and m for a bool") {
    KconfigFixture fixture(kernel);
    CHECK(fixture.explain("CORE", "m", "CONFIG_BUS=y\nCONFIG_CORE=y\n") ==
          Lines{"CORE can't be m: MODULES is n (Kconfig:1)"});
    CHECK(fixture.remedy("CORE", "m", "CONFIG_BUS=y\n") == Lines{"CONFIG_MODULES=y"});
    const auto lines = fixture.explain("BUS", "m", "CONFIG_MODULES=y\n");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0] == "BUS (Kconfig:10) is a bool: it can be y or n, not m");
}

TEST_CASE("alternatives are named, hopeless ones left out, and the cheapest is the hint") {
    KconfigFixture fixture(kernel);
    const auto lines = fixture.explain("SENSOR", "y", "CONFIG_BUS=y\n");
    CHECK(lines == Lines{"SENSOR needs ARCH_BCM || COMPILE_TEST (Kconfig:23): ARCH_BCM is n (Kconfig:8)"});
    CHECK(fixture.remedy("SENSOR", "y", "CONFIG_BUS=y\n") == Lines{"CONFIG_ARCH_BCM=y"});

    KconfigFixture many(
        "config A\n\tbool \"a\"\n\tdepends on P\nconfig B\n\tbool \"b\"\nconfig P\n\tbool \"p\"\n"
        "config X\n\tbool \"x\"\n\tdepends on A || B\n");
    CHECK(many.explain("X", "y", "") ==
          Lines{"X needs A || B (Kconfig:10): A is n (Kconfig:1), B is n (Kconfig:4)"});
    CHECK(many.remedy("X", "y", "") == Lines{"CONFIG_B=y"});
}

TEST_CASE("a dependency that must be off") {
    KconfigFixture fixture(kernel);
    const char* config = "CONFIG_BUS=y\nCONFIG_ARCH_BCM=y\nCONFIG_EXPERT=y\n";
    CHECK(fixture.explain("SENSOR", "y", config) ==
          Lines{"SENSOR needs !EXPERT (Kconfig:24): EXPERT is y (Kconfig:4)"});
    CHECK(fixture.remedy("SENSOR", "y", config) == Lines{"# CONFIG_EXPERT is not set"});
}

TEST_CASE("an unknown symbol is said to be unknown, with what was perhaps meant") {
    KconfigFixture fixture(kernel);
    const auto lines = fixture.explain("SENSR", "y", "");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find("defines SENSR") != std::string::npos);
    CHECK(lines[1] == "did you mean SENSOR?");
    CHECK(fixture.explain("QQQQQQQQQQ", "y", "").size() == 1);
}

TEST_CASE("a choice that chose otherwise") {
    KconfigFixture fixture(
        "choice\n\tprompt \"Speed\"\n\tdefault FAST\nconfig FAST\n\tbool \"fast\"\n"
        "config SLOW\n\tbool \"slow\"\nendchoice\n");
    CHECK(fixture.explain("SLOW", "y", "CONFIG_FAST=y\n") ==
          Lines{"the choice \"Speed\" (Kconfig:1) chose FAST"});
    CHECK(fixture.explain("FAST", "n", "CONFIG_FAST=y\n") ==
          Lines{"the choice \"Speed\" (Kconfig:1) must have a value: ask for another one of it"});
}

TEST_CASE("a value that another symbol decides") {
    KconfigFixture fixture(
        "choice\n\tprompt \"Timer\"\nconfig HZ_250\n\tbool \"250\"\nconfig HZ_300\n"
        "\tbool \"300\"\nendchoice\nconfig HZ\n\tint\n\tdefault 250 if HZ_250\n"
        "\tdefault 300 if HZ_300\n");
    const auto tree = fixture.load();
    REQUIRE(tree);
    CHECK(tree->decided_by("HZ", "300") == "HZ_300");
    CHECK_FALSE(tree->decided_by("HZ", "77"));
    CHECK_FALSE(tree->decided_by("HZ_300", "y"));
    CHECK(fixture.explain("HZ", "300", "CONFIG_HZ=250\nCONFIG_HZ_250=y\n") ==
          Lines{"HZ has no prompt (Kconfig:8): its default decides",
                "HZ=300 needs HZ_300 (Kconfig:11): HZ_300 is n (Kconfig:5)",
                "the choice \"Timer\" (Kconfig:1) chose HZ_250"});
    CHECK(fixture.explain("HZ", "77", "CONFIG_HZ=250\nCONFIG_HZ_250=y\n") ==
          Lines{"HZ has no prompt (Kconfig:8): its default decides",
                "HZ has the default 250 if HZ_250 (Kconfig:10)"});
}

TEST_CASE("a symbol without prompt is reached by select or its default only") {
    KconfigFixture fixture(
        "config LIB\n\ttristate\nconfig USER\n\ttristate \"user\"\n\tselect LIB\n"
        "config HAS\n\tdef_bool y if USER\nconfig LONELY\n\tbool\n");
    CHECK(fixture.explain("LIB", "y", "") ==
          Lines{"LIB has no prompt (Kconfig:1): it can only be selected by USER"});
    CHECK(fixture.remedy("LIB", "y", "") == Lines{"CONFIG_USER=y"});
    CHECK(fixture.explain("HAS", "y", "") == Lines{"HAS has no prompt (Kconfig:6): its default decides",
                                                   "HAS needs USER (Kconfig:7): USER is n (Kconfig:3)"});
    CHECK(fixture.explain("LONELY", "y", "") ==
          Lines{"LONELY has no prompt (Kconfig:8) and nothing selects it"});
    CHECK(fixture.remedy("LONELY", "y", "").empty());
    CHECK(fixture.explain("LIB", "n", "CONFIG_LIB=y\nCONFIG_USER=y\n") ==
          Lines{"LIB is selected by USER (Kconfig:5), which is y"});
}

TEST_CASE("n is refused where something selects the symbol or its prompt is hidden") {
    KconfigFixture fixture(
        "config TERMINAL\n\tbool \"terminal\" if EXPERT\n\tdefault y\nconfig EXPERT\n"
        "\tbool \"expert\"\nconfig NET\n\tbool \"net\"\nconfig NFS\n\tbool \"nfs\"\n"
        "\tselect NET if EXPERT\n");
    CHECK(fixture.explain("TERMINAL", "n", "CONFIG_TERMINAL=y\n") ==
          Lines{"to change TERMINAL needs EXPERT (Kconfig:2): EXPERT is n (Kconfig:4)",
                "TERMINAL has the default y (Kconfig:3)"});
    CHECK(fixture.remedy("TERMINAL", "n", "CONFIG_TERMINAL=y\n") == Lines{"CONFIG_EXPERT=y"});
    CHECK(fixture.explain("NET", "n", "CONFIG_NET=y\nCONFIG_NFS=y\nCONFIG_EXPERT=y\n") ==
          Lines{"NET is selected by NFS (Kconfig:10), which is y"});
    const auto free = fixture.explain("NET", "n", "CONFIG_NET=y\nCONFIG_NFS=y\n");
    REQUIRE(free.size() == 1);
    CHECK(free[0].starts_with("nothing in Kconfig keeps NET"));
}

TEST_CASE("numbers have ranges, texts have quotes") {
    KconfigFixture fixture(
        "config BIG\n\tbool \"big\"\nconfig CPUS\n\tint \"cpus\"\n\trange 2 64 if BIG\n"
        "\trange 2 8\nconfig BASE\n\thex \"base\"\nconfig LINE\n\tstring \"line\"\n"
        "\tdepends on BIG\n");
    CHECK(fixture.explain("CPUS", "99", "CONFIG_CPUS=8\n") == Lines{"CPUS must be from 2 to 8 (Kconfig:6)"});
    CHECK(fixture.explain("CPUS", "99", "CONFIG_CPUS=64\nCONFIG_BIG=y\n") ==
          Lines{"CPUS must be from 2 to 64 (Kconfig:5)"});
    CHECK(any_contains(fixture.explain("CPUS", "y", "CONFIG_CPUS=8\n"), "is an int"));
    CHECK(any_contains(fixture.explain("BASE", "\"x\"", "CONFIG_BASE=0x1\n"), "is a hex"));
    CHECK(fixture.explain("BASE", "0x01", "CONFIG_BASE=0x1\n").empty());
    CHECK(any_contains(fixture.explain("LINE", "y", ""), "is a string"));
    CHECK(fixture.explain("LINE", "\"text\"", "") ==
          Lines{"LINE needs BIG (Kconfig:11): BIG is n (Kconfig:1)"});
    CHECK(fixture.remedy("LINE", "\"text\"", "") == Lines{"CONFIG_BIG=y"});
}

TEST_CASE("comparisons are evaluated by the type of the symbols") {
    KconfigFixture fixture(
        "config N\n\tint \"n\"\nconfig H\n\thex \"h\"\nconfig T\n\ttristate \"t\"\n"
        "config S\n\tstring \"s\"\nconfig MODULES\n\tbool \"m\"\n\tmodules\n"
        "config A\n\tbool \"a\"\n\tdepends on N > 9 && H >= 0x10 && T = y && S != \"off\"\n");
    const std::string met = "CONFIG_N=10\nCONFIG_H=0x0010\nCONFIG_T=y\nCONFIG_S=\"on\"\n";
    CHECK(fixture.explain("A", "y", met)[0].starts_with("nothing in Kconfig keeps A"));
    CHECK(any_contains(fixture.explain("A", "y", met + "CONFIG_N=9\n"), "N is 9"));
    CHECK(any_contains(fixture.explain("A", "y", met + "CONFIG_H=0xf\n"), "H is 0xf"));
    CHECK(any_contains(fixture.explain("A", "y", met + "CONFIG_T=m\n"), "T is m"));
    CHECK(any_contains(fixture.explain("A", "y", met + "CONFIG_S=\"off\"\n"), "S is off"));
    CHECK(fixture.remedy("A", "y", met + "CONFIG_T=m\n") == Lines{"CONFIG_T=y"});
}

TEST_CASE("menus hide prompts by visible if, and a second definition may offer another way") {
    KconfigFixture fixture(
        "config SHOW\n\tbool \"show\"\nconfig OTHER\n\tbool \"other\"\n\tdepends on SHOW\n"
        "menu \"m\"\n\tvisible if SHOW\nconfig A\n\tbool \"a\"\nendmenu\n"
        "config A\n\tbool \"a again\"\n\tdepends on OTHER\n");
    CHECK(fixture.explain("A", "y", "") == Lines{"A needs SHOW (Kconfig:7): SHOW is n (Kconfig:1)"});
    CHECK(fixture.remedy("A", "y", "") == Lines{"CONFIG_SHOW=y"});
}

TEST_CASE("a dependency that nothing can meet gives no hint") {
    KconfigFixture fixture(
        "config BROKEN\n\tbool\nconfig A\n\tbool \"a\"\n\tdepends on BROKEN\n"
        "config B\n\tbool \"b\"\n\tdepends on X86\n");
    CHECK(fixture.remedy("A", "y", "").empty());
    CHECK(fixture.explain("A", "y", "")[0] == "A needs BROKEN (Kconfig:5): BROKEN is n (Kconfig:1)");
    CHECK(fixture.explain("B", "y", "") ==
          Lines{"B needs X86 (Kconfig:8): X86 is not defined for this architecture"});
    CHECK(fixture.remedy("B", "y", "").empty());
}

TEST_CASE("an explanation stays short") {
    std::string text = "config A\n\tbool \"a\"\n";
    std::string condition = "\tdepends on B0";
    for (int i = 0; i < 200; ++i) {
        const std::string name = "B" + std::to_string(i);
        if (i > 0) condition += " && " + name;
        text += "config ";
        text += name + "\n\tbool \"b\"\n\tdepends on B" + std::to_string(i + 1) + "\n";
    }
    KconfigFixture fixture(text + "config A\n" + condition + "\n\tbool \"second\"\nconfig Z\n\tbool \"z\"\n" +
                           condition + "\n");
    const auto lines = fixture.explain("Z", "y", "");
    CHECK(lines.size() <= 12);
    for (const auto& line : lines)
        CHECK(line.size() < 500);
}
