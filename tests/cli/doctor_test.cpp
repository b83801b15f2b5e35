#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "sdk/cli/app.hpp"
#include "tests/support/fake_machine.hpp"
#include "tests/support/fake_terminal.hpp"

using namespace rpikit;

namespace {

struct Answer {
    int code = 0;
    std::string out;
    std::string err;
};

/// `rpi-kit ARGUMENTS` on a machine of fakes, called as ./rpi-kit.
Answer run(host::ProcessRunner& processes, std::vector<std::string> arguments) {
    const test::TempDir work;
    test::FakeClock clock;
    test::FakeTerminal screen(false);
    const host::Environment environment({{"HOME", work.path().string()},
                                         {"PATH", "/usr/bin"},
                                         {"RPI_KIT_COMMAND", "./rpi-kit"},
                                         {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR}});
    Answer answer;
    answer.code = cli::run({.arguments = std::move(arguments),
                            .processes = processes,
                            .clock = clock,
                            .environment = environment,
                            .screen = screen,
                            .stop = {},
                            .out = [&](std::string_view text) { answer.out += text; },
                            .program = RPIKIT_PROGRAM,
                            .working_directory = work.path()});
    answer.err = screen.output;
    return answer;
}

}  // namespace

TEST_CASE("a machine with all tools is healthy") {
    test::FakeMachine machine;
    const auto healthy = run(machine.processes, {"doctor"});
    INFO(healthy.out << healthy.err);
    CHECK(healthy.code == 0);
    CHECK(healthy.out.contains("ok       make                   /usr/bin/make (4.3)\n"));
    CHECK_FALSE(healthy.out.contains("missing"));
}

TEST_CASE("what is missing is listed, and the hint is the command as it was called") {
    test::FakeProcessRunner bare;
    const auto ill = run(bare, {"doctor"});
    CHECK(ill.code == 1);
    CHECK(ill.out.contains("missing  flex "));
    CHECK(ill.out.contains("absent   rsync "));
    CHECK(ill.err.contains("hint: ./rpi-kit doctor --fix\n"));
}

TEST_CASE("a board's own needs are looked at: its boot method's tools and its compiler") {
    test::FakeMachine machine;
    const auto pc = run(machine.processes, {"doctor", "x86_64", "--json"});
    INFO(pc.out << pc.err);
    CHECK(pc.code == 1);
    CHECK(pc.err.contains("missing packages: grub-common"));
    const auto report = nlohmann::json::parse(pc.out.substr(0, pc.out.find("\n}\n") + 3));
    CHECK(report["toolchain"]["found"] == false);

    machine.processes.add_program("grub-mkimage", "/usr/bin/grub-mkimage");
    const auto compiler = run(machine.processes, {"doctor", "x86_64"});
    CHECK(compiler.code == 1);
    CHECK(compiler.out.contains("missing  cross compiler"));
    CHECK(compiler.err.contains("error: the cross compiler is missing"));
}
