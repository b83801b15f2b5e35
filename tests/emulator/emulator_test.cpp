#include "sdk/emulator/emulator.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using namespace rpikit::emulator;

namespace {

/// A machine with a fake QEMU and a PC's board, whose disk boots by itself.
struct Bench {
    Bench() : machine(runner) {
        runner.add_program("qemu-system-x86_64", "/usr/bin/qemu-system-x86_64");
        runner.add_program("qemu-img", "/usr/bin/qemu-img");
        runner.answer("help", host::Exit{.output = "Supported machines are:\nq35      Standard PC\n"});
        runner.answer("create", host::Exit{});
        board.name = "pc";
        board.emulator.machine = "q35";
        board.emulator.system = "x86_64";
        board.emulator.firmware = "bios";
        board.emulator.disk = "virtio";
        options.image = machine.directory.write("disk.img", std::string(4096, '\0'));
        options.work = machine.directory / "work";
        options.accelerator = "tcg";
    }

    test::FakeProcessRunner runner;
    test::TestHost machine;
    board::Board board;
    BootOptions options;
};

}  // namespace

TEST_CASE("a boot that panics is reported, its files are gone, the image is untouched") {
    Bench bench;
    bench.runner.answer("-drive",
                        host::Exit{.stopped = true, .output = "Kernel panic - not syncing: no init\n"});
    const auto report = boot_check(bench.machine.host(), bench.board, bench.options, {});
    REQUIRE(report);
    CHECK(report->verdict == Verdict::panic);
    CHECK(report->log == bench.options.work / "console.log");
    CHECK(std::filesystem::is_empty(bench.options.work));
    CHECK(host::read_file(bench.options.image) == std::string(4096, '\0'));
}

TEST_CASE("the overlay comes before QEMU and QEMU gets it") {
    Bench bench;
    bench.runner.answer("-drive", host::Exit{});
    REQUIRE(boot_interactive(bench.machine.host(), bench.board, bench.options) == 0);
    REQUIRE(bench.runner.commands.size() == 3);
    const auto& create = bench.runner.commands[1].argv;
    const auto& qemu = bench.runner.commands[2].argv;
    const auto overlay = create[create.size() - 2];
    CHECK(std::ranges::find(create, bench.options.image.string()) != create.end());
    CHECK(std::ranges::find(qemu, "if=virtio,format=qcow2,file=" + overlay) != qemu.end());
}

TEST_CASE("a boot that was interrupted says so") {
    Bench bench;
    bench.runner.answer("-drive", host::Exit{.stopped = true});
    std::stop_source source;
    bench.machine.host().stop = source.get_token();
    source.request_stop();
    const auto report = boot_check(bench.machine.host(), bench.board, bench.options, {});
    REQUIRE(report);
    CHECK(report->verdict == Verdict::interrupted);
}

TEST_CASE("what is missing is told before anything runs") {
    Bench bench;
    SECTION("no image") {
        bench.options.image = bench.machine.directory / "none.img";
        const auto report = boot_check(bench.machine.host(), bench.board, bench.options, {});
        REQUIRE_FALSE(report);
        CHECK(report.error().message.find("none.img") != std::string::npos);
    }
    SECTION("a QEMU without the machine") {
        bench.board.emulator.machine = "raspi4b";
        const auto report = boot_check(bench.machine.host(), bench.board, bench.options, {});
        REQUIRE_FALSE(report);
        CHECK(report.error().message.find("no machine \"raspi4b\"") != std::string::npos);
    }
    SECTION("no QEMU") {
        bench.board.emulator.system = "riscv64";
        const auto report = boot_check(bench.machine.host(), bench.board, bench.options, {});
        REQUIRE_FALSE(report);
        CHECK(report.error().message.find("qemu-system-riscv64 is not installed") != std::string::npos);
    }
    SECTION("a board without emulator") {
        bench.board.emulator.machine.clear();
        CHECK_FALSE(boot_check(bench.machine.host(), bench.board, bench.options, {}));
    }
    SECTION("direct boot from an image without partitions") {
        bench.board.emulator.firmware = "direct";
        CHECK_FALSE(boot_check(bench.machine.host(), bench.board, bench.options, {}));
    }
}

TEST_CASE("the plan writes nothing") {
    Bench bench;
    const auto command = boot_command(bench.machine.host(), bench.board, bench.options);
    REQUIRE(command);
    CHECK(command->argv.front() == "/usr/bin/qemu-system-x86_64");
    CHECK_FALSE(std::filesystem::exists(bench.options.work));
}
