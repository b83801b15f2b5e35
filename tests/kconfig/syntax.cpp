#include <catch2/catch_test_macros.hpp>

#include "tests/kconfig/fixture.hpp"

using namespace rpikit;
using namespace std::string_view_literals;
using test::KconfigFixture;
using Lines = std::vector<std::string>;

TEST_CASE("every statement of the language is read") {
    KconfigFixture fixture(R"(# a comment
mainmenu "Linux/$(ARCH) Configuration"
comment "only here"
	depends on A
source "arch/$(SRCARCH)/Kconfig"
config A
	bool "A"
	default y if B && \
		!C
	help
	  Words such as config, menu
	  and endif mean nothing here.

	    Nor does this: config HIDDEN
config B
	def_bool y
menuconfig C
	tristate 'C'
	modules
	imply A if B
	select B
if C
choice
	prompt "Speed"
	default FAST
config FAST
	bool "fast"
config SLOW
	bool "slow"
endchoice
endif # C
menu "Numbers"
	visible if A
	depends on B
config NUMBER
	int "a number"
	range 1 10 if A
	range 0 100
	default 5
config ADDRESS
	hex
	prompt "an address" if A
	default 0x10
config TEXT
	string "a text"
	default "it's \"quoted\""
config HALF
	def_tristate m
endmenu
)");
    fixture.write("arch/arm64/Kconfig", "config ARM64\n\tdef_bool y\n");
    const auto tree = fixture.load();
    REQUIRE(tree);
    CHECK(tree->symbols() ==
          Lines{"A", "ADDRESS", "ARM64", "B", "C", "FAST", "HALF", "NUMBER", "SLOW", "TEXT"});
    CHECK(tree->choice_members("SLOW") == Lines{"FAST", "SLOW"});
    CHECK(tree->choice_members("A").empty());
    CHECK(tree->is_string("TEXT"));
    CHECK_FALSE(tree->is_string("A"));
    CHECK(fixture.processes.commands.empty());
}

TEST_CASE("a help text ends where its indentation ends") {
    KconfigFixture fixture(
        "config A\n\tbool \"A\"\n\thelp\n\t  text\n\n\t  more\n\n\tdepends on B\nconfig B\n\tbool \"B\"\n"
        "\thelp\n\nconfig C\n\tbool \"C\"\n\thelp\n\t  last line of the file");
    const auto tree = fixture.load();
    REQUIRE(tree);
    CHECK(tree->symbols() == Lines{"A", "B", "C"});
    CHECK_FALSE(fixture.explain("A", "y", "").empty());  // "depends on" behind the help was seen
}

TEST_CASE("a mistake in a Kconfig file names file and line") {
    struct Row {
        const char* text;
        int line;
        const char* message;
    };
    for (const Row& row : std::vector<Row>{
             {"config A\n\tbool\nfrobnicate\n", 3, "unknown statement 'frobnicate'"},
             {"config A\n\tbool \"A\"\n\tdepends A\n", 3, "'on' is expected"},
             {"config A\n\tbool\n\tdefault y if\n", 3, "missing"},
             {"config A\n\tbool\n\tdepends on (B || C\n", 3, "')' is missing"},
             {"config A\n\tbool\n\tdepends on B &&\n", 3, "missing"},
             {"config A\n\tbool\n\tdepends on B C\n", 3, "unexpected 'C'"},
             {"config A\n\tbool\n\tdepends on = B\n", 3, "'='"},
             {"config\n\tbool\n", 1, "name is missing"},
             {"config A B\n", 1, "unexpected 'B'"},
             {"config if\n", 1, "'if'"},
             {"config A\n\tbool\n\tselect \"B\"\n", 3, "'B'"},
             {"config A\n\tint \"A\"\n\trange 1\n", 3, "missing"},
             {"menu \"M\"\nconfig A\n\tbool\n", 1, "without 'endmenu'"},
             {"if A\nendmenu\n", 2, "unexpected 'endmenu'"},
             {"config A\n\tbool\nendif\n", 3, "unexpected 'endif'"},
             {"menu M\nendmenu\n", 1, "in quotes"},
             {"source \"missing/Kconfig\"\n", 1, "\"missing/Kconfig\" does not exist"},
             {"\n\nsource \"\"\n", 3, "does not exist"},
             {"config A\n\tbool\n\tvisible if B\n", 3, "unknown statement 'visible'"},
         }) {
        CAPTURE(row.text);
        KconfigFixture fixture(row.text);
        const auto tree = fixture.load();
        REQUIRE_FALSE(tree);
        REQUIRE(tree.error().where);
        CHECK(tree.error().where->file == fixture.folder / "Kconfig");
        CHECK(tree.error().where->line == row.line);
        CHECK(tree.error().message.find(row.message) != std::string::npos);
        CAPTURE(tree.error().message);
    }
}

TEST_CASE("a string that its line does not close ends with the line, as for the kernel's own conf") {
    KconfigFixture fixture("config A\n\tbool \"A\n\tdefault \"y\nconfig B\n\tbool 'B");
    CHECK(fixture.complete("") == Lines{"CONFIG_A=y", "# CONFIG_B is not set"});
    KconfigFixture swallowing("menu \"m\nconfig A\n\tdepends on \"x && B\n\tbool \"A\" if \"y\nendmenu\"\n");
    const auto tree = swallowing.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().where == Location{.file = swallowing.folder / "Kconfig", .line = 5});
}

TEST_CASE("a mistake in a sourced file names that file") {
    KconfigFixture fixture("config A\n\tbool\n\nsource \"b/Kconfig\"\n");
    fixture.write("b/Kconfig", "config B\n\tbool\n\tdefault (y\n");
    const auto tree = fixture.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().where == Location{.file = fixture.folder / "b/Kconfig", .line = 3});
}

TEST_CASE("a file that sources itself is an error with the way there") {
    KconfigFixture fixture("source \"a/Kconfig\"\n");
    fixture.write("a/Kconfig", "\nsource \"b/Kconfig\"\n");
    fixture.write("b/Kconfig", "source \"a/Kconfig\"\n");
    const auto tree = fixture.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message == "recursive inclusion of a/Kconfig");
    CHECK(tree.error().where == Location{.file = fixture.folder / "b/Kconfig", .line = 1});
    CHECK(tree.error().causes ==
          Lines{"b/Kconfig is included from a/Kconfig:2", "a/Kconfig is included from Kconfig:1"});
}

TEST_CASE("a tree without a Kconfig file is an error") {
    KconfigFixture fixture;
    const auto tree = fixture.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message.find("does not exist") != std::string::npos);
}

TEST_CASE("hostile files are refused, not followed to the end of the stack") {
    std::string text;
    SECTION("deep brackets") {
        text = "config A\n\tbool\n\tdepends on " + std::string(100000, '(') + "B\n";
    }
    SECTION("many negations") {
        text = "config A\n\tbool\n\tdepends on " + std::string(100000, '!') + "B\n";
    }
    SECTION("a long chain") {
        text = "config A\n\tbool\n\tdepends on B";
        for (int i = 0; i < 100000; ++i)
            text += " && B";
        text += "\n";
    }
    SECTION("deep menus") {
        for (int i = 0; i < 100000; ++i)
            text += "if A\n";
    }
    SECTION("a macro that doubles") {
        text = "m0 = xxxxxxxxxxxxxxxx\n";
        for (int i = 1; i < 60; ++i) {
            const std::string last = "$(m" + std::to_string(i - 1) + ")";
            text += "m" + std::to_string(i) + " = " + last + last + "\n";
        }
        text += "config $(m59)\n";
    }
    SECTION("a macro that doubles nothing") {
        text = "m0 =\n";
        for (int i = 1; i < 60; ++i) {
            const std::string last = "$(m" + std::to_string(i - 1) + ")";
            text += "m" + std::to_string(i) + " = " + last + last + "\n";
        }
        text += "config $(m59)\n";
    }
    SECTION("a macro that calls itself with arguments") {
        text = "f = $(f,$(1))\nconfig $(f,x)\n";
    }
    SECTION("nested references") {
        text = "config ";
        for (int i = 0; i < 5000; ++i)
            text += "$(";
        text += std::string(5000, ')') + "\n";
    }
    SECTION("our own marker") {
        text = "config A\n\tbool \"\1\"\n";
    }
    SECTION("too large") {
        text = std::string(std::size_t{5} << 20, '#');
    }
    KconfigFixture fixture(text);
    CHECK_FALSE(fixture.load());
}

TEST_CASE("bytes that mean nothing are skipped") {
    KconfigFixture fixture("config A;\r\n\tbool \"A\xff\x80\" \r\n\0 @\n"sv);
    const auto tree = fixture.load();
    REQUIRE(tree);
    CHECK(tree->defines("A"));
}
