#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "sdk/host/packages.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/local_mirror.hpp"
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

/// Runs everything really but installations, which it only lets apt simulate.
class SimulatingRunner final : public host::ProcessRunner {
  public:
    Result<host::Exit> run(const host::Command& command, const host::RunOptions& options) override {
        host::Command changed = command;
        const auto install = std::ranges::find(changed.argv, "install");
        if (install == changed.argv.end()) {
            const bool systems_lists = command.argv.front() == "env" && command.argv.back() == "update";
            return systems_lists && !misfit.empty() ? host::Exit{} : real_->run(command, options);
        }
        const bool of_release = std::ranges::find(command.argv, "-t") == command.argv.end();
        if (!misfit.empty() && of_release &&
            std::ranges::find(command.argv, misfitting) != command.argv.end()) {
            return host::Exit{.code = 100, .output = misfit};
        }
        changed.argv.insert(install + 1, "--simulate");
        auto exit = real_->run(changed, options);
        if (exit) simulated += exit->output;
        return exit;
    }
    std::optional<std::filesystem::path> find_program(const std::string& name,
                                                      const host::Environment& environment) override {
        return real_->find_program(name, environment);
    }

    std::string simulated;
    std::string misfitting = "rpi-kit-test-headers";
    std::string misfit = {};  ///< what apt says of the release's own one of these; empty: it fits

  private:
    std::unique_ptr<host::ProcessRunner> real_ = host::make_process_runner();
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

TEST_CASE("a suite that the system does not have is shown to apt for one installation") {
    if (!root()) SKIP("an installation needs root's rights");
    SimulatingRunner processes;
    const auto asked = processes.run({.argv = {"dpkg", "--print-architecture"}}, {});
    REQUIRE(asked);
    const std::string architecture(trim(asked->output));
    test::LocalMirror mirror;
    mirror.add("", {.name = "rpi-kit-test-emulator", .version = "7", .architecture = architecture});
    mirror.add("-backports", {.name = "rpi-kit-test-emulator",
                              .version = "10",
                              .architecture = architecture,
                              .depends = "rpi-kit-test-data (= 10)"});
    mirror.add("-backports", {.name = "rpi-kit-test-data", .version = "10", .architecture = architecture});
    mirror.publish();
    test::TestHost machine(processes, mirror.environment(mirror.sources()));
    const auto result = host::install_system_packages(machine.host(), {"rpi-kit-test-emulator"}, "backports");
    if (!result) FAIL(render(result.error(), false));
    CHECK_THAT(processes.simulated, ContainsSubstring("Inst rpi-kit-test-emulator (10 ") &&
                                        ContainsSubstring("Inst rpi-kit-test-data (10 "));
}

TEST_CASE("packages that do not fit what came from backports are taken from there, too") {
    if (!root()) SKIP("an installation needs root's rights");
    SimulatingRunner processes;
    const auto asked = processes.run({.argv = {"dpkg", "--print-architecture"}}, {});
    REQUIRE(asked);
    test::LocalMirror mirror;
    const std::string architecture(trim(asked->output));
    mirror.add("", {.name = "rpi-kit-test-headers", .version = "7", .architecture = architecture});
    mirror.add("-backports", {.name = "rpi-kit-test-headers", .version = "10", .architecture = architecture});
    mirror.add("", {.name = "rpi-kit-test-tool", .version = "2", .architecture = architecture});
    mirror.add("-backports", {.name = "rpi-kit-test-tool", .version = "3", .architecture = architecture});
    mirror.publish();
    test::TestHost machine(processes, mirror.environment(mirror.sources()));
    processes.misfit =
        "The following packages have unmet dependencies:\n rpi-kit-test-headers : Depends: x (= 7)\n";
    const auto result =
        host::install_system_packages(machine.host(), {"rpi-kit-test-headers", "rpi-kit-test-tool"});
    // The tool is the release's own, which apt finds in the system's lists alone: the mirror is not among
    // them.
    CHECK_FALSE(result);
    CHECK_THAT(processes.simulated, ContainsSubstring("Inst rpi-kit-test-headers (10 ") &&
                                        ContainsSubstring("Unable to locate package rpi-kit-test-tool"));

    processes.misfit = "E: Unable to locate package rpi-kit-test-headers\n";
    CHECK_FALSE(host::install_system_packages(machine.host(), {"rpi-kit-test-headers"}));
}
