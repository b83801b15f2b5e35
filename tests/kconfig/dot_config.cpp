#include "sdk/kconfig/dot_config.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using kconfig::DotConfig;

TEST_CASE("a .config is read with places") {
    const auto parsed = DotConfig::parse(
        "# a comment\n\nCONFIG_A=y\nCONFIG_B=m\r\n# CONFIG_C is not set\nCONFIG_D=\"a \\\"b\\\" c\"\n"
        "CONFIG_E=-5\n  CONFIG_F=0x1F\n#CONFIG_G=y\n",
        "my.config");
    REQUIRE(parsed);
    REQUIRE(parsed->size() == 6);
    CHECK(parsed->at(0) == kconfig::Assignment{"A", "y", {.file = "my.config", .line = 3}});
    CHECK(parsed->at(1).value == "m");
    CHECK(parsed->at(2) == kconfig::Assignment{"C", "n", {.file = "my.config", .line = 5}});
    CHECK(kconfig::unquote(parsed->at(3).value) == "a \"b\" c");
    CHECK(parsed->at(4).value == "-5");
    CHECK(parsed->at(5).value == "0x1F");
}

TEST_CASE("a line that is no setting is an error with its place") {
    for (const char* line :
         {"FOO=y", "CONFIG_FOO", "CONFIG_=y", "CONFIG_FOO=", "CONFIG_FOO=yes", "CONFIG_FOO=y z",
          "CONFIG_FOO=\"open", "CONFIG_FOO=\"a\"b\"", "CONFIG_FO-O=y", "CONFIG_FOO=\"a\\\""}) {
        CAPTURE(line);
        const auto parsed = DotConfig::parse("CONFIG_A=y\n" + std::string(line) + "\n", "my.config");
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().where == Location{.file = "my.config", .line = 2});
    }
}

TEST_CASE("a symbol that is not in a .config is n, the last assignment wins") {
    const test::TempDir folder;
    const auto file = folder.write("x.config", "CONFIG_A=y\nCONFIG_B=7\nCONFIG_C=m\nCONFIG_A=n\n");
    const auto config = DotConfig::read(file);
    REQUIRE(config);
    CHECK(config->value("A") == "n");
    CHECK(config->value("B") == "7");
    CHECK(config->value("MISSING") == "n");
    CHECK(config->enabled() == 1);
    CHECK_FALSE(DotConfig::read(folder / "missing.config"));
}

TEST_CASE("values are the same when they mean the same") {
    CHECK(kconfig::same_value("y", "y"));
    CHECK(kconfig::same_value("0x1F", "0x001f"));
    CHECK(kconfig::same_value("\"\"", "n"));
    CHECK(kconfig::same_value("\"a\\bc\"", "\"abc\""));
    CHECK_FALSE(kconfig::same_value("y", "m"));
    CHECK_FALSE(kconfig::same_value("\"y\"", "y"));
    CHECK_FALSE(kconfig::same_value("010", "10"));
    CHECK_FALSE(kconfig::same_value("0x10", "0x1"));
    CHECK_FALSE(kconfig::same_value("y", "n"));
}

TEST_CASE("what is written can be read") {
    const std::string text = "quote \" and backslash \\ and $";
    const kconfig::Assignment assignment{"NAME", kconfig::quote(text), {}};
    const auto parsed = DotConfig::parse(kconfig::to_line(assignment), "x");
    REQUIRE(parsed);
    CHECK(kconfig::unquote(parsed->at(0).value) == text);
    CHECK(kconfig::to_line({"NAME", "n", {}}) == "# CONFIG_NAME is not set");
}
