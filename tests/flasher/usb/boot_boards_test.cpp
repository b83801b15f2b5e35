#include "flasher/usb/boot_boards.hpp"

#include <catch2/catch_test_macros.hpp>

#include "flasher/usb/errors.hpp"
#include "tests/flasher/usb/fixture.hpp"

using namespace rpikit;
using std::chrono::milliseconds;

namespace {

struct Bench {
    test::BootFolder folder;
    test::FakeUsb bus;
    std::vector<std::string> notes;
    std::map<std::string, int> traced;
    usb::BootOptions options{.wait = milliseconds(50), .timing = test::quick_timing()};

    Bench() {
        options.note = [this](std::string_view port, std::string_view line) {
            notes.push_back(std::string(port) + ": " + std::string(line));
        };
        options.trace = [this](std::string_view port, std::string_view) { ++traced[std::string(port)]; };
    }
    Result<std::vector<usb::BoardReport>> boot(const std::stop_token& stop = {}) {
        const auto served = folder.open();
        return usb::boot_boards(bus, served, options, stop);
    }
};

}  // namespace

TEST_CASE("four boards at once, one of them failing") {
    Bench bench;
    std::vector<test::FakeSocket*> sockets;
    for (const char* port : {"1-1.1", "1-1.2", "1-1.3", "2-4"}) {
        sockets.push_back(&bench.bus.plug(port, test::ordinary_plan()));
        sockets.back()->looks_away = 4;
    }
    sockets[2]->fault = {9, test::UsbFault::vanish};
    bench.options.selection.all = true;
    const auto reports = bench.boot();
    REQUIRE(reports);
    REQUIRE(reports->size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto& report = (*reports)[i];
        INFO(report.port);
        CHECK(report.failure.has_value() == (i == 2));
        CHECK(sockets[i]->board.finished() == (i != 2));
        CHECK(bench.traced.at(report.port) > 3);
        if (i == 2) continue;
        CHECK(sockets[i]->board.mistakes.empty());
        CHECK(sockets[i]->board.files.at("kernel8.img") == bench.folder.kernel);
    }
    CHECK((*reports)[0].port == "1-1.1");
    CHECK((*reports)[3].port == "2-4");
}

TEST_CASE("each board gets its own overlay") {
    Bench bench;
    auto& first = bench.bus.plug("1-1", test::ordinary_plan());
    auto& second = bench.bus.plug("1-2", test::ordinary_plan());
    bench.folder.directory.write("boot/1-2/config.txt", "for the second");
    bench.options.selection.all = true;
    const auto served = bench.folder.open(true);
    REQUIRE(usb::boot_boards(bench.bus, served, bench.options, {}));
    CHECK(first.board.files.at("config.txt") == "for this chip\n");
    CHECK(second.board.files.at("config.txt") == "for the second");
}

TEST_CASE("with --all a board that comes meanwhile joins, and a port has one turn") {
    Bench bench;
    auto& first = bench.bus.plug("1-1", test::ordinary_plan());
    first.looks_away = 20;
    auto& late = bench.bus.plug("1-2", test::ordinary_plan());
    late.present = false;
    bench.bus.on_look = [&](int look) {
        const std::scoped_lock lock(bench.bus.mutex);
        if (look == 5) late.present = true;
    };
    bench.options.selection.all = true;
    const auto reports = bench.boot();
    REQUIRE(reports);
    REQUIRE(reports->size() == 2);
    CHECK(first.board.finished());
    CHECK(late.board.finished());
}

TEST_CASE("a board is chosen by port or serial number") {
    Bench bench;
    auto& first = bench.bus.plug("1-1", test::ordinary_plan());
    auto& second = bench.bus.plug("1-2", test::ordinary_plan());
    second.serial = "10000000abcd";

    const auto none_chosen = bench.boot();
    REQUIRE_FALSE(none_chosen);
    CHECK(none_chosen.error().kind == ErrorKind::usage);
    CHECK(none_chosen.error().causes.size() == 2);

    bench.options.selection.serial = "1234";
    const auto wrong = bench.boot();
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message == "no board waits for USB boot with serial number 1234");
    CHECK(wrong.error().causes.size() == 3);

    bench.options.selection.serial = "10000000abcd";
    REQUIRE(bench.boot());
    CHECK(second.board.finished());
    bench.options.selection = {.port = "1-1"};
    REQUIRE(bench.boot());
    CHECK(first.board.finished());
}

TEST_CASE("no board: waits, then says what to look at") {
    Bench bench;
    const auto nothing = bench.boot();
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().message == "no board waits for USB boot");
    CHECK(nothing.error().detail.contains("nRPIBOOT"));
    CHECK(bench.notes == std::vector<std::string>{": waiting up to 0.1 s for a board"});

    auto& late = bench.bus.plug("1-1", test::ordinary_plan());
    late.present = false;
    bench.options.wait = milliseconds(5000);
    bench.bus.on_look = [&](int look) {
        if (look > 20) late.present = true;
    };
    REQUIRE(bench.boot());
    CHECK(late.board.finished());
}

TEST_CASE("interrupted: while waiting, and in the middle") {
    Bench bench;
    std::stop_source stop;
    bench.bus.on_look = [&](int look) {
        if (look == 3) stop.request_stop();
    };
    bench.options.wait = milliseconds(60'000);
    const auto waiting = bench.boot(stop.get_token());
    REQUIRE_FALSE(waiting);
    CHECK(waiting.error().kind == ErrorKind::interrupted);

    bench.bus.on_look = {};
    std::stop_source other;
    bench.bus.plug("1-1", test::ordinary_plan()).on_transfer = [&] { other.request_stop(); };
    const auto working = bench.boot(other.get_token());
    REQUIRE(working);
    CHECK(working->front().failure->kind == ErrorKind::interrupted);
}
