#include <catch2/catch_test_macros.hpp>

#include "tests/kconfig/fixture.hpp"

using namespace rpikit;
using test::KconfigFixture;
using Lines = std::vector<std::string>;

namespace {

/// Reads "config <text>" and gives the symbol's name.
std::string expand(const std::string& definitions, const std::string& text) {
    KconfigFixture fixture(definitions + "config " + text + "\n\tbool\n");
    fixture.environment.set("CC", "my-gcc");
    auto tree = fixture.load();
    if (!tree) return "error: " + tree.error().message;
    return tree->symbols().empty() ? "" : tree->symbols().front();
}

}  // namespace

TEST_CASE("variables are expanded late, simple ones at once") {
    CHECK(expand("late = $(x)\nsimple := $(x)-\nx = 1\n", "A$(late)B") == "A1B");
    CHECK(expand("late = $(x)\nsimple := S$(x)\nx = 1\n", "$(simple)") == "S");
    CHECK(expand("x = a\nx += $(y)\ny = b\nf = $(1)\n", "X$(y)") == "Xb");
    CHECK(expand("a := 1\na = 2\n", "X$(a)") == "X2");
}

TEST_CASE("+= keeps the kind of the variable") {
    CHECK(expand("s := a\ns += $(z)\nz = b\nq = $(subst)\n", "X_$(s)_Y").starts_with("X_a"));
    CHECK(expand("new += $(z)\nz = b\n", "X$(new)") == "Xb");
}

TEST_CASE("functions take arguments, brackets protect commas") {
    CHECK(expand("swap = $(2)_$(1)\n", "$(swap,A,B)") == "B_A");
    CHECK(expand("first = $(1)\n", "$(first,$(first,X),Y)") == "X");
    CHECK(expand("two = $(1)$(2)\n", "N$(two,a)") == "Na");
    CHECK(expand("name = swap\nswap = $(2)$(1)\n", "$($(name),A,B)") == "BA");
    CHECK(expand("comma := ,\nfirst = $(1)\n", "A$(first,x$(empty)y)") == "Axy");
}

TEST_CASE("the environment and the built-in functions are known") {
    CHECK(expand("", "$(CC)") == "my-gcc");
    CHECK(expand("", "X$(NOTHING)") == "X");
    CHECK(expand("\n\n", "L$(lineno)") == "L3");
    CHECK(expand("$(info,words)\n$(warning-if,y,careful)\n$(error-if,n,never)\n", "A") == "A");
    CHECK(expand("", "A$(filename)") == "AKconfig");
}

TEST_CASE("macros that cannot be expanded are errors") {
    CHECK(expand("", "$(open").find("unterminated reference to 'open'") != std::string::npos);
    CHECK(expand("a = $(b)\nb = $(a)\n", "$(a)").find("references itself") != std::string::npos);
    CHECK(expand("", "$(shell)").find("too few") != std::string::npos);
    CHECK(expand("", "$(lineno,x)").find("too many") != std::string::npos);
    CHECK(expand("f = x\n", "$(f,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17)").find("too many") !=
          std::string::npos);
}

TEST_CASE("error-if stops with its text and its place") {
    KconfigFixture fixture("version = 3\n\n$(error-if,y,version $(version) is too old)\n");
    const auto tree = fixture.load();
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message == "version 3 is too old");
    CHECK(tree.error().where == Location{.file = fixture.folder / "Kconfig", .line = 3});
}

namespace {

constexpr const char* compiler_checks =
    R"KCONFIG(if-success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "$(2)" || echo "$(3)")
success = $(if-success,$(1),y,n)
cc-option = $(success,$(CC) -Werror $(1) -c -x c /dev/null -o /dev/null)
$(error-if,$(shell,exit 1),the compiler is missing)
cc-info := $(shell,version-of $(CC))
cc-name := $(shell,name-in $(cc-info))
config HAS_FLAG
	def_bool $(cc-option,-mfoo)
config USES_FLAG
	bool "uses it"
	depends on $(cc-option,-mfoo)
config GCC_ONLY
	bool "only with gcc"
	depends on "$(cc-name)" = "GCC"
config MODULES
	bool "modules"
	modules
)KCONFIG";

}  // namespace

TEST_CASE("loading runs no command") {
    KconfigFixture fixture(compiler_checks);
    REQUIRE(fixture.load());
    CHECK(fixture.processes.commands.empty());
}

TEST_CASE("an explanation runs the one command that it depends on, once") {
    KconfigFixture fixture(compiler_checks);
    fixture.environment.set("CC", "my-gcc");
    fixture.processes.answer("-c", host::Exit{.output = "n\n"});
    const auto tree = fixture.load();
    REQUIRE(tree);
    const auto lines = tree->explain("USES_FLAG", "y", KconfigFixture::parse(""));
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("USES_FLAG needs $(shell,{ my-gcc -Werror -mfoo") != std::string::npos);
    CHECK(lines[0].find("says \"n\"") != std::string::npos);
    REQUIRE(fixture.processes.commands.size() == 1);
    CHECK(fixture.processes.commands[0].directory == fixture.folder.path());
    CHECK(fixture.processes.commands[0].environment->get("CC") == "my-gcc");
}

TEST_CASE("commands nest, and newlines in an output become blanks") {
    KconfigFixture fixture(compiler_checks);
    fixture.environment.set("CC", "my-gcc");
    std::vector<std::string> scripts;
    fixture.processes.answer("-c", [&](const host::Command& command) {
        scripts.push_back(command.argv.back());
        return host::Exit{.output = scripts.size() == 1 ? "GCC\n120200\n\n" : "GCC\n"};
    });
    const auto tree = fixture.load();
    REQUIRE(tree);
    const auto lines = tree->explain("GCC_ONLY", "y", KconfigFixture::parse(""));
    REQUIRE(scripts.size() == 2);
    CHECK(scripts[0].ends_with("version-of my-gcc"));
    CHECK(scripts[1].ends_with("name-in GCC 120200"));
    CHECK(lines[0].starts_with("nothing in Kconfig keeps GCC_ONLY"));
}

TEST_CASE("a source whose name needs a command runs it") {
    KconfigFixture fixture("source \"$(shell,which-folder)/Kconfig\"\n");
    fixture.write("there/Kconfig", "config THERE\n\tbool\n");
    fixture.processes.answer("-c", host::Exit{.output = "there\n"});
    const auto tree = fixture.load();
    REQUIRE(tree);
    CHECK(tree->symbols() == Lines{"THERE"});
}

TEST_CASE("a source whose command cannot be run is an error") {
    KconfigFixture fixture("source \"$(shell,which-folder)/Kconfig\"\n");
    CHECK_FALSE(fixture.load());
}
