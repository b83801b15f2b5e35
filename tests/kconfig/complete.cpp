#include <catch2/catch_test_macros.hpp>

#include "tests/kconfig/fixture.hpp"

using namespace rpikit;
using test::KconfigFixture;
using Lines = std::vector<std::string>;

TEST_CASE("what was asked for is bounded by what it depends on, and selects are not") {
    KconfigFixture fixture(
        "config MODULES\n\tbool \"modules\"\n\tmodules\nconfig BUS\n\ttristate \"bus\"\n"
        "config CARD\n\ttristate \"card\"\n\tdepends on BUS\n\tselect LIB\n\tselect PULLED if BUS = y\n"
        "config LIB\n\ttristate\nconfig PULLED\n\tbool \"pulled\"\n\tdepends on NEVER\nconfig NEVER\n\tbool\n"
        "config FLAG\n\tbool \"flag\"\n\tdepends on CARD\n");
    CHECK(fixture.complete(
              "CONFIG_MODULES=y\nCONFIG_BUS=m\nCONFIG_CARD=y\nCONFIG_FLAG=y\nCONFIG_NO_SUCH=y\n") ==
          Lines{"CONFIG_BUS=m", "CONFIG_CARD=m", "CONFIG_FLAG=y", "CONFIG_LIB=m", "CONFIG_MODULES=y"});
    CHECK(fixture.complete("CONFIG_BUS=y\nCONFIG_CARD=y\n") ==
          Lines{"CONFIG_BUS=y", "CONFIG_CARD=y", "# CONFIG_FLAG is not set", "CONFIG_LIB=y",
                "# CONFIG_MODULES is not set", "CONFIG_PULLED=y"});
    // Without modules m is y, in the request as in a default.
    CHECK(fixture.complete("CONFIG_BUS=m\n").front() == "CONFIG_BUS=y");
    CHECK(fixture.complete("CONFIG_BUS=y\nCONFIG_BUS=n\n").front() == "# CONFIG_BUS is not set");
}

TEST_CASE("m in a condition needs modules, in a default it does not") {
    const std::string text =
        "config MODULES\n\tbool \"modules\"\n\tmodules\nconfig A\n\ttristate \"a\"\n\tdefault m\n"
        "config B\n\ttristate \"b\"\n\tdepends on m\nconfig C\n\tbool \"c\"\n\tdepends on A = m\n";
    KconfigFixture fixture(text);
    CHECK(fixture.complete("CONFIG_B=y\n") == Lines{"CONFIG_A=y", "# CONFIG_MODULES is not set"});
    CHECK(fixture.complete("CONFIG_B=y\nCONFIG_MODULES=y\n") ==
          Lines{"CONFIG_A=m", "CONFIG_B=m", "# CONFIG_C is not set", "CONFIG_MODULES=y"});
}

TEST_CASE("the first default in force counts; an implied symbol can be refused") {
    KconfigFixture fixture(
        "config A\n\tbool \"a\"\n\timply I\n\timply HELD\nconfig I\n\tbool \"i\"\nconfig HELD\n\tbool "
        "\"held\"\n"
        "\tdepends on A && NO\nconfig NO\n\tbool\nconfig D\n\tbool\n\tdefault n if A\n\tdefault y\n"
        "config S\n\tstring\n\tdefault \"on\" if A\n\tdefault \"off\"\n");
    CHECK(fixture.complete("CONFIG_A=y\n") ==
          Lines{"CONFIG_A=y", "# CONFIG_HELD is not set", "CONFIG_I=y", "CONFIG_S=\"on\""});
    CHECK(fixture.complete("CONFIG_A=y\n# CONFIG_I is not set\n")[2] == "# CONFIG_I is not set");
    CHECK(fixture.complete("") ==
          Lines{"# CONFIG_A is not set", "CONFIG_D=y", "# CONFIG_I is not set", "CONFIG_S=\"off\""});
}

TEST_CASE("a second definition adds a way, it does not change the type") {
    KconfigFixture fixture(
        "config X\n\tbool\nconfig A\n\tbool \"a\" if X\nconfig A\n\tdef_tristate y\n\tdepends on X || Y\n"
        "config Y\n\tbool \"y\"\n");
    CHECK(fixture.complete("CONFIG_Y=y\nCONFIG_A=m\n") == Lines{"CONFIG_A=y", "CONFIG_Y=y"});
    CHECK(fixture.complete("") == Lines{"# CONFIG_Y is not set"});
}

TEST_CASE("a prompt in a menu that is not visible takes no request") {
    KconfigFixture fixture(
        "config SHOW\n\tbool \"show\"\nmenu \"m\"\n\tvisible if SHOW\nconfig A\n\tbool \"a\"\n\tdefault y\n"
        "endmenu\n");
    CHECK(fixture.complete("# CONFIG_A is not set\n") == Lines{"CONFIG_A=y", "# CONFIG_SHOW is not set"});
    CHECK(fixture.complete("# CONFIG_A is not set\nCONFIG_SHOW=y\n") ==
          Lines{"# CONFIG_A is not set", "CONFIG_SHOW=y"});
}

TEST_CASE("numbers are kept in their range, and what is no number is passed over") {
    const std::string text =
        "config BIG\n\tbool \"big\"\nconfig CPUS\n\tint \"cpus\"\n\trange 2 LIMIT\n\tdefault 4\n"
        "config LIMIT\n\tint\n\tdefault 64 if BIG\n\tdefault 8\nconfig BASE\n\thex \"base\"\n"
        "\trange 0x10 0xff\n\tdefault 0x20\nconfig PLAIN\n\tint \"plain\"\n";
    KconfigFixture fixture(text);
    CHECK(fixture.complete("CONFIG_CPUS=99\nCONFIG_BASE=0x1\nCONFIG_PLAIN=-3\n") ==
          Lines{"CONFIG_BASE=0x10", "# CONFIG_BIG is not set", "CONFIG_CPUS=8", "CONFIG_LIMIT=8",
                "CONFIG_PLAIN=-3"});
    CHECK(fixture.complete("CONFIG_BIG=y\nCONFIG_CPUS=012\nCONFIG_BASE=\"0x30\"\n") ==
          Lines{"CONFIG_BASE=0x20", "CONFIG_BIG=y", "CONFIG_CPUS=4", "CONFIG_LIMIT=64", "CONFIG_PLAIN=0"});
    // Before 6.11 conf forgets at last what is out of range, and a number without a default is empty.
    fixture.environment.set("KERNELVERSION", "6.1.90");
    CHECK(fixture.complete("CONFIG_CPUS=99\n") == Lines{"CONFIG_BASE=0x20", "# CONFIG_BIG is not set",
                                                        "CONFIG_CPUS=4", "CONFIG_LIMIT=8", "CONFIG_PLAIN="});
}

TEST_CASE("the end of a range has its value before the number that it bounds, wherever it is written") {
    KconfigFixture fixture(
        "config CPUS\n\tint \"cpus\"\n\trange LOW HIGH\n\tdefault 4\nconfig LOW\n\tint\n\tdefault HIGH if "
        "ALL\n"
        "\tdefault 1\nconfig HIGH\n\tint\n\tdefault 64 if BIG\n\tdefault 8\nconfig ALL\n\tbool \"all\"\n"
        "\tselect BIG\nconfig BIG\n\tbool \"big\"\n");
    CHECK(fixture.complete("CONFIG_ALL=y\n") ==
          Lines{"CONFIG_ALL=y", "CONFIG_BIG=y", "CONFIG_CPUS=64", "CONFIG_HIGH=64", "CONFIG_LOW=64"});
    CHECK(fixture.complete("CONFIG_CPUS=50\n") == Lines{"# CONFIG_ALL is not set", "# CONFIG_BIG is not set",
                                                        "CONFIG_CPUS=8", "CONFIG_HIGH=8", "CONFIG_LOW=1"});
}

TEST_CASE("comparisons go by number where both sides are numbers") {
    KconfigFixture fixture(
        "config V\n\tint \"v\"\nconfig T\n\tstring \"t\"\nconfig A\n\tdef_bool V >= 100\n"
        "config B\n\tdef_bool V < 0x20\nconfig C\n\tdef_bool T = \"x y\"\nconfig D\n\tdef_bool UNKNOWN = "
        "\"UNKNOWN\"\n"
        "config E\n\tdef_bool T < \"b\"\n");
    CHECK(fixture.complete("CONFIG_V=1000\nCONFIG_T=\"x y\"\n") ==
          Lines{"CONFIG_A=y", "CONFIG_C=y", "CONFIG_D=y", "CONFIG_T=\"x y\"", "CONFIG_V=1000"});
    CHECK(fixture.complete("CONFIG_V=20\nCONFIG_T=\"a\\\"\"\n") ==
          Lines{"CONFIG_B=y", "CONFIG_D=y", "CONFIG_E=y", "CONFIG_T=\"a\\\"\"", "CONFIG_V=20"});
}

TEST_CASE("an old name is read and never written") {
    KconfigFixture fixture("config OLD\n\tbool\n\ttransitional\nconfig NEW\n\tbool \"new\"\n\tdefault OLD\n");
    CHECK(fixture.complete("CONFIG_OLD=y\n") == Lines{"CONFIG_NEW=y"});
    CHECK(fixture.complete("") == Lines{"# CONFIG_NEW is not set"});
}

TEST_CASE("values that macros make are those that their commands print") {
    KconfigFixture fixture(
        "yes = $(shell,said-yes)\nconfig A\n\tdef_bool $(yes)\nconfig B\n\tdef_bool $(yes) = y\n"
        "config V\n\tint\n\tdefault $(shell,said-version)\nconfig NEWER\n\tdef_bool V >= 1200\n");
    fixture.processes.answer("-c", [](const host::Command& command) {
        return host::Exit{.output = command.argv.back().ends_with("said-yes") ? "y\n" : "1300\n"};
    });
    CHECK(fixture.complete("") == Lines{"CONFIG_A=y", "CONFIG_B=y", "CONFIG_NEWER=y", "CONFIG_V=1300"});
}

TEST_CASE("a check that needs a command stops with its text and place") {
    KconfigFixture fixture("\n$(error-if,$(shell,no-compiler),the compiler $(CC) is missing)\n");
    fixture.environment.set("CC", "my-gcc");
    std::string says = "y\n";
    fixture.processes.answer("-c", [&](const host::Command&) { return host::Exit{.output = says}; });
    const auto failed = fixture.load()->complete({});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "the compiler my-gcc is missing");
    CHECK(failed.error().where == Location{.file = fixture.folder / "Kconfig", .line = 2});
    says = "n\n";
    CHECK(fixture.load()->complete({}));
}

TEST_CASE("a command that cannot be run is an error, not a value") {
    KconfigFixture fixture("config A\n\tdef_bool $(shell,unknown)\n");
    CHECK_FALSE(fixture.load()->complete({}));
}
