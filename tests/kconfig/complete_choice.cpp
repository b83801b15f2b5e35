#include <catch2/catch_test_macros.hpp>

#include "tests/kconfig/fixture.hpp"

using namespace rpikit;
using test::KconfigFixture;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* speeds =
    "config X\n\tbool \"x\"\nchoice\n\tprompt \"Speed\"\n\tdefault SLOW if X\n\tdefault FAST\n"
    "config SLOW\n\tbool \"slow\"\nconfig MID\n\tbool \"mid\"\nconfig FAST\n\tbool \"fast\"\n\tdepends on "
    "!X\n"
    "endchoice\n";

/// Of the members the one that is y.
std::string chosen(KconfigFixture& fixture, std::string_view asked) {
    std::string found;
    for (const auto& line : fixture.complete(asked)) {
        if (line.ends_with("=y") && line != "CONFIG_X=y") found += line.substr(7, line.size() - 9);
    }
    return found;
}

}  // namespace

TEST_CASE("a choice takes the last y, else its default, else what was not refused") {
    KconfigFixture fixture(speeds);
    CHECK(chosen(fixture, "") == "FAST");
    CHECK(chosen(fixture, "CONFIG_X=y\n") == "SLOW");
    CHECK(chosen(fixture, "CONFIG_MID=y\n") == "MID");
    CHECK(chosen(fixture, "CONFIG_MID=y\nCONFIG_SLOW=y\n") == "SLOW");
    CHECK(chosen(fixture, "CONFIG_FAST=y\nCONFIG_X=y\n") == "SLOW");
    CHECK(chosen(fixture, "# CONFIG_FAST is not set\n") == "SLOW");
    CHECK(chosen(fixture, "# CONFIG_FAST is not set\n# CONFIG_SLOW is not set\n") == "MID");
    // All refused: the one that was refused first.
    CHECK(chosen(fixture, "# CONFIG_MID is not set\n# CONFIG_SLOW is not set\n# CONFIG_FAST is not set\n") ==
          "MID");
    CHECK(fixture.complete("CONFIG_X=y\n") ==
          Lines{"# CONFIG_MID is not set", "CONFIG_SLOW=y", "CONFIG_X=y"});
}

TEST_CASE("a choice that nothing shows gives no member a value") {
    KconfigFixture fixture(
        "config X\n\tbool \"x\"\nchoice\n\tprompt \"Speed\"\n\tdepends on X\nconfig A\n\tbool "
        "\"a\"\nendchoice\n");
    CHECK(fixture.complete("CONFIG_A=y\n") == Lines{"# CONFIG_X is not set"});
    CHECK(fixture.complete("CONFIG_X=y\n") == Lines{"CONFIG_A=y", "CONFIG_X=y"});
}

TEST_CASE("before 6.11 a refused default stays the default, and a choice can be optional") {
    KconfigFixture fixture(speeds);
    fixture.environment.set("KERNELVERSION", "6.1.90");
    CHECK(chosen(fixture, "# CONFIG_FAST is not set\n") == "FAST");
    CHECK(chosen(fixture, "CONFIG_MID=y\n# CONFIG_FAST is not set\n") == "MID");
    KconfigFixture optional(
        "choice\n\tprompt \"Speed\"\n\toptional\nconfig A\n\tbool \"a\"\nconfig B\n\tbool "
        "\"b\"\nendchoice\n");
    optional.environment.set("KERNELVERSION", "6.6.1");
    CHECK(chosen(optional, "").empty());
    CHECK(chosen(optional, "CONFIG_B=y\n") == "B");
}

TEST_CASE("before 6.10 a choice of modules takes any number of them") {
    KconfigFixture fixture(
        "config MODULES\n\tbool \"modules\"\n\tmodules\nchoice\n\ttristate \"Gadget\"\n\toptional\nconfig A\n"
        "\ttristate \"a\"\nconfig B\n\ttristate \"b\"\nconfig WHOLE\n\tbool \"whole\"\nendchoice\n");
    fixture.environment.set("KERNELVERSION", "6.1.90");
    CHECK(fixture.complete("CONFIG_MODULES=y\nCONFIG_A=m\nCONFIG_B=m\nCONFIG_WHOLE=y\n") ==
          Lines{"# CONFIG_A is not set", "# CONFIG_B is not set", "CONFIG_MODULES=y", "CONFIG_WHOLE=y"});
    CHECK(fixture.complete("CONFIG_MODULES=y\nCONFIG_A=m\nCONFIG_B=m\n") ==
          Lines{"CONFIG_A=m", "CONFIG_B=m", "CONFIG_MODULES=y"});
    CHECK(fixture.complete("CONFIG_MODULES=y\nCONFIG_A=m\nCONFIG_B=y\n") ==
          Lines{"# CONFIG_A is not set", "CONFIG_B=y", "CONFIG_MODULES=y", "# CONFIG_WHOLE is not set"});
}
