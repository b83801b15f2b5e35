#include <catch2/catch_test_macros.hpp>

#include "sdk/kernel/configuration_steps.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using kernel::ConfigurationRequest;
using Lines = std::vector<std::string>;

namespace {

Lines to_lines(const std::vector<kconfig::Assignment>& requests) {
    Lines found;
    for (const auto& request : requests)
        found.push_back(kconfig::to_line(request));
    return found;
}

/// The lines that fragments and settings come to under a small Kconfig tree.
struct Settled {
    test::FakeProcessRunner processes;
    test::TestHost host{processes};
    ConfigurationRequest request{.base = "allnoconfig"};

    Settled() {
        host.directory.write("Kconfig", R"(choice
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
config NAME
	string "name"
config NET
	bool "net"
)");
    }

    void fragment(std::string_view name, std::string_view text) {
        request.fragments.push_back(host.directory.write(name, text));
    }

    Lines lines() {
        const auto tree = kconfig::Tree::load(host.host(), host.directory.path(), {});
        const auto requests = kernel::collect_requests(request);
        if (!tree || !requests) return {"error"};
        return to_lines(kernel::settle_requests(*tree, *requests));
    }
};

}  // namespace

TEST_CASE("later requests win, in order of appearance, with their places") {
    const test::TempDir folder;
    const auto first = folder.write("a.config", "CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\n");
    const auto second = folder.write("b.config", "CONFIG_B=y\n");
    const auto requests = kernel::collect_requests(
        {.base = "x", .fragments = {first, second}, .settings = {"CONFIG_A=m", "D=7"}});
    REQUIRE(requests);
    CHECK(to_lines(*requests) == Lines{"# CONFIG_C is not set", "CONFIG_B=y", "CONFIG_A=m", "CONFIG_D=7"});
    CHECK(requests->at(1).where == Location{.file = second, .line = 1});
    CHECK(requests->at(2).where == Location{.file = "--set CONFIG_A=m"});
}

TEST_CASE("settings of the command line need no quotes") {
    const auto requests = kernel::collect_requests(
        {.base = "x",
         .settings = {"A=a text", "B=\"in quotes\"", "C=", "D=0x1f", "E=-3", "F=n", "G=say \"hi\""}});
    REQUIRE(requests);
    CHECK(to_lines(*requests) == Lines{"CONFIG_A=\"a text\"", "CONFIG_B=\"in quotes\"", "CONFIG_C=\"\"",
                                       "CONFIG_D=0x1f", "CONFIG_E=-3", "# CONFIG_F is not set",
                                       "CONFIG_G=\"say \\\"hi\\\"\""});
}

TEST_CASE("a malformed setting is a mistake in usage") {
    for (const char* setting :
         {"HZ", "=y", "CONFIG_=y", "A-B=y", "A B=y", "", "A=\"open", "A=x\nCONFIG_B=y"}) {
        CAPTURE(setting);
        const auto requests = kernel::collect_requests({.base = "x", .settings = {setting}});
        REQUIRE_FALSE(requests);
        CHECK(requests.error().kind == ErrorKind::usage);
        CHECK(requests.error().message.find("--set") != std::string::npos);
    }
}

TEST_CASE("a malformed or missing fragment is an error that names it") {
    const test::TempDir folder;
    const auto broken = folder.write("a.config", "CONFIG_A=y\nCONFIG_B=maybe\n");
    const auto requests = kernel::collect_requests({.base = "x", .fragments = {broken}});
    REQUIRE_FALSE(requests);
    CHECK(requests.error().where == Location{.file = broken, .line = 2});
    const auto missing = kernel::collect_requests({.base = "x", .fragments = {folder / "none.config"}});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.find("none.config") != std::string::npos);
}

TEST_CASE("a number that a choice decides asks for the member") {
    Settled settled;
    settled.request.settings = {"HZ=300"};
    CHECK(settled.lines() == Lines{"CONFIG_HZ_300=y", "CONFIG_HZ=300"});
}

TEST_CASE("a number that no member gives stays a request, to be refused") {
    Settled settled;
    settled.request.settings = {"HZ=77"};
    CHECK(settled.lines() == Lines{"CONFIG_HZ=77"});
}

TEST_CASE("a later choice overrides an earlier one of another origin, and what asked for it") {
    Settled settled;
    settled.fragment("a.config", "CONFIG_HZ=250\nCONFIG_NET=y\n");
    settled.request.settings = {"HZ_300=y"};
    CHECK(settled.lines() == Lines{"CONFIG_NET=y", "CONFIG_HZ_300=y"});
}

TEST_CASE("two members of a choice in one file contradict each other, and stay") {
    Settled settled;
    settled.fragment("a.config", "CONFIG_HZ_250=y\nCONFIG_HZ_300=y\n");
    CHECK(settled.lines() == Lines{"CONFIG_HZ_250=y", "CONFIG_HZ_300=y"});
}

TEST_CASE("a text that looks like a value gets its quotes by its type") {
    Settled settled;
    settled.request.settings = {"NAME=y", "NET=y"};
    CHECK(settled.lines() == Lines{"CONFIG_NAME=\"y\"", "CONFIG_NET=y"});
    settled.request.settings = {"NAME=42"};
    CHECK(settled.lines() == Lines{"CONFIG_NAME=\"42\""});
}

TEST_CASE("merged requests replace the lines of their symbols only") {
    const std::string merged =
        kernel::merge_requests("# head\nCONFIG_A=y\n# CONFIG_AB is not set\nCONFIG_ABC=\"x\"\n",
                               {{"A", "n", {}}, {"AB", "m", {}}, {"NEW", "1", {}}});
    CHECK(merged == "# head\nCONFIG_ABC=\"x\"\n# CONFIG_A is not set\nCONFIG_AB=m\nCONFIG_NEW=1\n");
}
