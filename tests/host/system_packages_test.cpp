#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "sdk/host/packages.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
using Strings = std::vector<std::string>;

namespace {

struct Fixture {
    test::FakeProcessRunner processes;
    test::TestHost machine{processes};

    std::string commands() const {
        std::string all;
        for (const auto& command : processes.commands)
            all += shell_quote(command.argv) + "\n";
        return all;
    }
};

bool root() {
    return ::geteuid() == 0;
}

}  // namespace

TEST_CASE("packages that the system lacks are told from those it has") {
    const auto processes = host::make_process_runner();
    test::TestHost machine(*processes, host::Environment::of_this_process());
    const auto missing =
        host::missing_system_packages(machine.host(), {"no-such-package-a", "dpkg", "no-such-package-b"});
    REQUIRE(missing);
    CHECK(*missing == Strings{"no-such-package-a", "no-such-package-b"});
    CHECK(host::missing_system_packages(machine.host(), {"dpkg"}) == Strings{});
    CHECK(host::missing_system_packages(machine.host(), {}) == Strings{});
}

TEST_CASE_METHOD(Fixture, "a package that was removed but left its settings is missing") {
    processes.answer("dpkg-query", {.output = "bison config-files\nflex installed\n"});
    CHECK(host::missing_system_packages(machine.host(), {"bison", "flex"}) == Strings{"bison"});
}

TEST_CASE("the command that a user types") {
    CHECK(shell_quote(host::install_command({"flex", "bison"}, false)) ==
          "sudo apt-get install -y --no-install-recommends flex bison");
    CHECK(shell_quote(host::install_command({"flex"}, true)) ==
          "apt-get install -y --no-install-recommends flex");
}

TEST_CASE_METHOD(Fixture, "an installation asks nothing") {
    processes.add_program("sudo", "/usr/bin/sudo");
    processes.answer("true", host::Exit{});
    processes.answer("install", host::Exit{});
    REQUIRE(host::install_system_packages(machine.host(), {"flex"}));
    CHECK(processes.commands.back().argv.front() == (root() ? "env" : "sudo"));
    CHECK_THAT(commands(), ContainsSubstring("DEBIAN_FRONTEND=noninteractive apt-get") &&
                               ContainsSubstring("-y --no-install-recommends -- flex"));
}

TEST_CASE_METHOD(Fixture, "a first failure refreshes the system's lists, a second one is told") {
    processes.add_program("sudo", "/usr/bin/sudo");
    processes.answer("true", host::Exit{});
    processes.answer("update", host::Exit{});
    processes.answer("install", {.code = 100, .output = "E: Unable to locate package flexx\n"});
    const auto result = host::install_system_packages(machine.host(), {"flexx"});
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "cannot install flexx");
    CHECK_THAT(render(result.error(), false), ContainsSubstring("E: Unable to locate package flexx"));
    CHECK_THAT(commands(), ContainsSubstring(" update\n"));
    CHECK(machine.notes.size() == 1);
}

TEST_CASE_METHOD(Fixture, "an interrupted installation is not tried again") {
    processes.add_program("sudo", "/usr/bin/sudo");
    processes.answer("true", host::Exit{});
    processes.answer("install", {.code = 100, .stopped = true});
    const auto result = host::install_system_packages(machine.host(), {"flex"});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::interrupted);
    CHECK_THAT(commands(), !ContainsSubstring("update"));
}

TEST_CASE_METHOD(Fixture, "without root's rights the hint is the command to type") {
    if (root()) SKIP("runs as root");
    processes.add_program("sudo", "/usr/bin/sudo");
    processes.answer("true", {.code = 1, .output = "sudo: a password is required\n"});
    const auto result = host::install_system_packages(machine.host(), {"flex"});
    REQUIRE_FALSE(result);
    CHECK(result.error().hint == "sudo apt-get install -y --no-install-recommends flex");
}
