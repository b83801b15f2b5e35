#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/kconfig/fixture.hpp"

using namespace rpikit;
using test::KconfigFixture;
using Lines = std::vector<std::string>;

namespace {

/// The steps of the circle that keeps a tree from loading; empty when it loads.
Lines circle(const std::string& text) {
    KconfigFixture fixture(text);
    const auto tree = fixture.load();
    if (tree) return {};
    CAPTURE(tree.error().message);
    CHECK(tree.error().message.starts_with("recursive dependency"));
    REQUIRE(tree.error().where);
    CHECK(tree.error().where->file == fixture.folder / "Kconfig");
    return tree.error().causes;
}

}  // namespace

TEST_CASE("symbols that depend on each other are an error that names each line of the circle") {
    CHECK(circle("config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\n\tdepends on C\n"
                 "config C\n\tbool \"c\"\n\tdepends on A\n") ==
          Lines{"B depends on C (Kconfig:6)", "C depends on A (Kconfig:9)", "A depends on B (Kconfig:3)"});
    CHECK(circle("config L\n\tbool\n\tdefault y if L\n") == Lines{"L has a default if L (Kconfig:3)"});
}

TEST_CASE("a circle can go through selects, implies, menus, prompts and defaults") {
    CHECK(circle("config A\n\tbool \"a\"\n\tdepends on B\n\tselect B\nconfig B\n\tbool \"b\"\n") ==
          Lines{"B is selected by A (Kconfig:4)", "A depends on B (Kconfig:3)"});
    CHECK(circle("config A\n\tbool \"a\" if B\n\timply B\nconfig B\n\tbool \"b\"\n") ==
          Lines{"B is implied by A (Kconfig:3)", "A has a prompt if B (Kconfig:2)"});
    CHECK(circle("menu \"m\"\n\tdepends on B\nconfig A\n\tbool \"a\"\nendmenu\nconfig B\n\tdef_bool A\n") ==
          Lines{"A depends on B (Kconfig:2)", "B has as default A (Kconfig:7)"});
    CHECK(circle("menu \"m\"\n\tvisible if B\nconfig A\n\tbool \"a\"\nendmenu\nconfig B\n\tdef_bool A\n") ==
          Lines{"A is visible if B (Kconfig:2)", "B has as default A (Kconfig:7)"});
}

TEST_CASE("a circle can go through a choice") {
    CHECK(circle("choice\n\tprompt \"Speed\"\nconfig FAST\n\tbool \"fast\"\n\tdepends on OUTER\nconfig SLOW\n"
                 "\tbool \"slow\"\nendchoice\nconfig OUTER\n\tdef_bool SLOW\n") ==
          Lines{"OUTER has as default SLOW (Kconfig:10)", "SLOW belongs to the choice \"Speed\" (Kconfig:1)",
                "the choice \"Speed\" depends on OUTER (Kconfig:5)"});
    CHECK_FALSE(circle("choice\n\tprompt \"Speed\"\nconfig FAST\n\tbool \"fast\"\nconfig SLOW\n"
                       "\tbool \"slow\"\n\tdepends on FAST\nendchoice\n")
                    .empty());
}

TEST_CASE("what only looks like a circle is none") {
    CHECK(circle("config A\n\tbool \"a\"\n\tselect B\n\tselect C\nconfig B\n\tbool\n\tselect C\n"
                 "config C\n\tbool\n")
              .empty());
    // In a menu that is visible if its own symbol says so, what has no prompt does not depend on it.
    CHECK(circle("menu \"m\"\n\tvisible if B\nconfig A\n\tdef_bool y\nendmenu\nconfig B\n\tdef_bool A\n")
              .empty());
    CHECK(circle("config LOW\n\tint \"low\"\n\trange 0 HIGH\nconfig HIGH\n\tint \"high\"\n\trange LOW 9\n")
              .empty());
}

TEST_CASE("hostile chains are followed without recursion") {
    constexpr int count = 50000;
    std::string text;
    std::string last;
    SECTION("of dependencies") {
        for (int i = 0; i < count; ++i) {
            text += "config A" + std::to_string(i) + "\n\tbool \"a\"\n\tdepends on A" +
                    std::to_string(i + 1) + "\n";
        }
        text += "config A" + std::to_string(count) + "\n\tbool \"a\"\n";
        last = "# CONFIG_A" + std::to_string(count) + " is not set";
    }
    SECTION("of selects") {
        for (int i = count; i > 0; --i) {
            text += "config A" + std::to_string(i) + "\n\tbool\n\tselect A" + std::to_string(i - 1) + "\n";
        }
        text += "config A0\n\tbool \"a\"\n";
        last = "# CONFIG_A0 is not set";
    }
    SECTION("of ends of ranges") {
        for (int i = 0; i < count; ++i) {
            text += "config A" + std::to_string(i) + "\n\tint\n\tdefault 5\n\trange A" +
                    std::to_string(i + 1) + " A" + std::to_string(i + 1) + "\n";
        }
        text += "config A" + std::to_string(count) + "\n\tint \"a\"\n\tdefault 7\n";
        last = "CONFIG_A" + std::to_string(count) + "=7";
    }
    KconfigFixture fixture(text);
    const auto lines = fixture.complete("");
    CHECK(std::ranges::find(lines, last) != lines.end());
    if (last.ends_with("=7")) CHECK(lines.front() == "CONFIG_A0=7");
}
