#include "sdk/emulator/install.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using namespace rpikit::emulator;

namespace {

board::Board pi() {
    board::Board board;
    board.name = "rpi4";
    board.emulator.machine = "raspi4b";
    board.emulator.system = "aarch64";
    return board;
}

}  // namespace

TEST_CASE("a QEMU that knows the machine is left alone") {
    test::FakeProcessRunner runner;
    runner.add_program("qemu-system-aarch64", "/usr/bin/qemu-system-aarch64");
    runner.add_program("qemu-img", "/usr/bin/qemu-img");
    runner.answer("help", host::Exit{.output = "raspi3b   Raspberry Pi 3B\nraspi4b   Raspberry Pi 4B\n"});
    test::TestHost machine(runner);
    CHECK(install_emulator(machine.host(), pi()));
    CHECK(runner.commands.size() == 1);
    CHECK(machine.notes.empty());
}

TEST_CASE("a machine is known by its whole name, and not without its program") {
    test::FakeProcessRunner runner;
    test::TestHost machine(runner);
    CHECK(knows_machine(machine.host(), "qemu-system-aarch64", "raspi4b") == false);
    runner.add_program("qemu-system-aarch64", "/usr/bin/qemu-system-aarch64");
    runner.answer("help", host::Exit{.output = "raspi4b-next   Another\n"});
    CHECK(knows_machine(machine.host(), "qemu-system-aarch64", "raspi4b") == false);
    CHECK(knows_machine(machine.host(), "qemu-system-aarch64", "raspi4b-next") == true);
}

TEST_CASE("a board without an emulator is refused before anything is installed") {
    test::FakeProcessRunner runner;
    test::TestHost machine(runner);
    auto board = pi();
    board.emulator.machine.clear();
    CHECK_FALSE(install_emulator(machine.host(), board));
    CHECK(runner.commands.empty());
}
