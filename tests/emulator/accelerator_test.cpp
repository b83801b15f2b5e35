#include "sdk/emulator/accelerator.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using namespace rpikit::emulator;
using namespace std::chrono_literals;

namespace {

const board::Emulator pi{.machine = "raspi4b", .system = "aarch64", .memory = "2G"};

}  // namespace

TEST_CASE("an accelerator that was chosen is taken without a probe") {
    test::FakeProcessRunner runner;
    test::TestHost machine(runner);
    const auto folder = machine.directory.path();
    CHECK(choose_accelerator(machine.host(), pi, "qemu", folder, "kvm") == "kvm");
    CHECK(choose_accelerator(machine.host(), pi, "qemu", folder, "tcg") == "tcg");
    CHECK(runner.commands.empty());
}

TEST_CASE("an unknown accelerator is a usage error") {
    test::FakeProcessRunner runner;
    test::TestHost machine(runner);
    const auto choice = choose_accelerator(machine.host(), pi, "qemu", machine.directory.path(), "fast");
    REQUIRE_FALSE(choice);
    CHECK(choice.error().kind == ErrorKind::usage);
}

TEST_CASE("another processor's board is emulated without a probe") {
    test::FakeProcessRunner runner;
    test::TestHost machine(runner);
    CHECK(choose_accelerator(machine.host(), pi, "qemu", machine.directory.path(), "auto") == "tcg");
    CHECK(runner.commands.empty());
}

TEST_CASE("only a guest that ran says that an accelerator works") {
    test::TempDir folder;
    const auto works = [&](host::Exit exit) {
        test::FakeProcessRunner runner;
        runner.answer("qemu", std::move(exit));
        test::TestHost machine(runner);
        return accelerator_works(machine.host(), "qemu", folder.path(), "kvm");
    };
    CHECK(works({.code = 0x21}));
    CHECK_FALSE(works({.code = 0}));
    CHECK_FALSE(works({.code = 1, .output = "failed to initialize kvm: Permission denied"}));
    CHECK_FALSE(works({.code = 0x21, .timed_out = true}));
}

TEST_CASE("the probe's boot sector runs under emulation, and a hanging guest is given up", "[real]") {
    const auto runner = host::make_process_runner();
    const auto qemu = runner->find_program("qemu-system-x86_64", host::Environment::of_this_process());
    if (!qemu) SKIP("no qemu-system-x86_64");
    test::TestHost machine(*runner);
    CHECK(accelerator_works(machine.host(), *qemu, machine.directory.path(), "tcg", 30s));
    CHECK_FALSE(accelerator_works(machine.host(), *qemu, machine.directory.path(), "tcg", 1ms));
    CHECK_FALSE(accelerator_works(machine.host(), *qemu, machine.directory.path(), "no-such", 30s));
}
