// The generic PC for real: a kernel from the distribution's source, started by GRUB from UEFI and from BIOS.

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/program.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

namespace test = rpikit::test;

/// A build's work folder; the user's own cache, so that the kernel's source is downloaded once.
struct Pc {
    test::TempDir work;
    std::string home = std::getenv("HOME");

    test::ProgramRun run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), RPIKIT_PROGRAM);
        return test::run_program(arguments, {.directory = work.path(), .home = home});
    }
    void build(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"build", "x86_64", "--profile", "tiny"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto built = run(arguments);
        INFO(built.err);
        REQUIRE(built.code == 0);
    }
    void boots(const std::string& firmware, const std::string& release) const {
        const auto booted = run({"boot", "x86_64", "--check", "--json", "--firmware", firmware});
        INFO(booted.out << booted.err);
        REQUIRE(booted.code == 0);
        const auto report = nlohmann::json::parse(booted.out);
        CHECK(report["verdict"] == "passed");
        CHECK(report["checks"][0]["found"].get<std::string>().ends_with(release));
    }
};

/// Chooses the second kernel of GRUB's menu on the serial console, logs in and asks for its release.
class FallbackUser {
  public:
    std::string type(std::string_view all) {
        const auto seen = all.substr(read_);
        const auto answer = [&](std::string_view cue, const std::string& keys) -> std::string {
            if (!seen.contains(cue)) return {};
            read_ = all.size();
            ++step_;
            return keys;
        };
        switch (step_) {
            case 0:
                return answer("Advanced options", "\x0e\x0e\r");  // Ctrl-N: the next entry, twice
            case 1:
                return answer("(kept)", "\r");
            case 2:
                return answer("login:", "root\n");
            case 3:
                return answer("# ", "echo running $(uname -r); poweroff -f\n");
            default:
                return {};
        }
    }

  private:
    int step_ = 0;
    std::size_t read_ = 0;
};

}  // namespace

TEST_CASE(
    "a tiny real kernel for the PC starts by UEFI and by BIOS; the one before it stays in the menu and "
    "starts",
    "[real]") {
    const Pc pc;
    pc.build();
    pc.boots("uefi", "-tiny");
    pc.boots("bios", "-tiny");

    pc.build({"--set", "LOCALVERSION=-next", "--keep", "1"});
    pc.boots("bios", "-next");

    FallbackUser user;
    const auto console =
        test::run_in_pty({RPIKIT_PROGRAM, "boot", "x86_64", "--firmware", "bios"},
                         {.environment = rpikit::host::Environment({{"HOME", pc.home},
                                                                    {"PATH", std::getenv("PATH")},
                                                                    {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR},
                                                                    {"TERM", "vt100"}}),
                          .directory = pc.work.path(),
                          .time_limit = std::chrono::minutes(5),
                          .type = [&](std::string_view all) { return user.type(all); }});
    INFO(console.output);
    CHECK(console.signal == 0);
    const auto at = console.output.find("running 6.");
    REQUIRE(at != std::string::npos);
    CHECK(console.output.substr(at, console.output.find('\r', at) - at).ends_with("-tiny"));
}
