#include "flasher/usb/session.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>

#include "flasher/usb/errors.hpp"
#include "tests/flasher/usb/fixture.hpp"

using namespace rpikit;
using test::UsbFault;

namespace {

struct OneBoard {
    test::BootFolder folder;
    test::FakeUsb bus;
    test::FakeSocket* socket;
    std::vector<std::string> trace;

    explicit OneBoard(test::BoardPlan plan = test::ordinary_plan())
        : socket(&bus.plug("1-1.2", std::move(plan))) {}

    usb::BoardReport boot(const std::stop_token& stop = {}) {
        const auto served = folder.open();
        const auto boards = bus.boards().value();
        return usb::boot_board(
            bus, boards.front(), served, test::quick_timing(),
            [this](std::string_view line) { trace.emplace_back(line); }, stop);
    }
    std::string all_trace() const {
        std::string text;
        for (const auto& line : trace)
            text += line + '\n';
        return text;
    }
};

std::string failure(const usb::BoardReport& report) {
    REQUIRE(report.failure);
    return report.failure->message;
}

}  // namespace

TEST_CASE("a board gets its second stage, comes back, and gets its files") {
    OneBoard one;
    one.socket->looks_away = 3;
    const auto report = one.boot();
    INFO(one.all_trace());
    REQUIRE_FALSE(report.failure);
    auto& board = one.socket->board;
    CHECK(board.finished());
    CHECK(board.mistakes.empty());
    CHECK(board.bootcode == "second stage's code");
    CHECK(board.sizes == std::map<std::string, std::uint32_t>{
                             {"config.txt", 14}, {"recovery.elf", 0}, {"kernel8.img", 40'003}});
    CHECK(board.files.at("config.txt") == "for this chip\n");
    CHECK(board.files.at("kernel8.img") == one.folder.kernel);
    CHECK(board.files.at("empty.txt").empty());
    CHECK(one.socket->largest_piece == 16384);
    CHECK(report.served.metadata == std::map<std::string, std::string>{{"MAC", "dc:a6:32:01:02:03"}});
    CHECK(report.served.missing == std::set<std::string>{"recovery.elf"});
    CHECK(report.served.files == 3);
    CHECK(report.served.bytes == 40'017);
    CHECK(one.all_trace().contains("metadata MAC = dc:a6:32:01:02:03"));
}

TEST_CASE("a board that waits for files already gets no second stage") {
    OneBoard one;
    one.socket->board.come_back();
    CHECK_FALSE(one.boot().failure);
    CHECK(one.socket->board.bootcode.empty());
    CHECK(one.socket->board.finished());
}

TEST_CASE("an empty name is the end, whatever the command") {
    const auto command = GENERATE(0, 1, 2);
    OneBoard one({.wishes = {{1, "config.txt"}, {command, ""}, {1, "kernel8.img"}}});
    const auto report = one.boot();
    // Its last answer reaches a board only as long as that is there, which one that said "done" need not be.
    CHECK(report.failure.has_value() == (command != 2));
    CHECK(report.served.files == 1);
    CHECK_FALSE(one.socket->board.files.contains("kernel8.img"));
}

TEST_CASE("every transfer that goes wrong is told, and nothing is taken for a whole boot") {
    std::size_t transfers = 0;
    {
        OneBoard one;
        REQUIRE_FALSE(one.boot().failure);
        transfers = one.socket->transfers;
    }
    REQUIRE(transfers > 20);
    int tried = 0;
    for (std::size_t at = 0; at < transfers; ++at) {
        for (const auto fault : {UsbFault::timeout, UsbFault::vanish, UsbFault::stall, UsbFault::short_read,
                                 UsbFault::short_write, UsbFault::nothing_taken, UsbFault::too_much_taken}) {
            OneBoard one;
            one.socket->fault = {at, fault};
            const auto report = one.boot();
            INFO("transfer " << at << " fault " << static_cast<int>(fault) << '\n' << one.all_trace());
            ++tried;
            // Fewer bytes taken than were offered is no failure of a bulk transfer: the rest follows.
            if (fault == UsbFault::short_write && !report.failure) {
                CHECK(one.socket->board.finished());
                CHECK(one.socket->board.mistakes.empty());
                CHECK(one.socket->board.files.at("kernel8.img") == one.folder.kernel);
                continue;
            }
            CHECK(report.failure);
        }
    }
    CHECK(tried >= 150);
}

TEST_CASE("a second stage that is refused, or does not run, is told") {
    OneBoard refused({.status = 0x1234});
    CHECK(failure(refused.boot()).contains("refused its second stage, status 0x1234"));

    OneBoard silent;
    silent.socket->returns = false;
    CHECK(failure(silent.boot()).contains("did not come back within 0.3 s"));

    OneBoard anew;
    anew.socket->returns_as_rom = true;
    CHECK(failure(anew.boot()).contains("started anew"));
}

TEST_CASE("opening is tried again for a while") {
    OneBoard one;
    one.socket->open_failures = 5;
    CHECK_FALSE(one.boot().failure);

    OneBoard never;
    never.socket->open_error = usb::no_permission_error("1-1.2");
    const auto report = never.boot();
    CHECK(failure(report).contains("no permission"));
    CHECK(report.failure->detail.contains("SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0a5c\""));
    CHECK(never.socket->transfers == 0);
}

TEST_CASE("requests that no second stage makes end the session") {
    using Wishes = std::vector<test::Wish>;
    const auto unknown = GENERATE(3, -1, 0x7fffffff);
    OneBoard command({.wishes = {{unknown, "config.txt"}}});
    CHECK(failure(command.boot()).contains("unknown command"));

    OneBoard endless({.wishes = {{1, std::string(256, 'a')}}});
    CHECK(failure(endless.boot()).contains("a name without an end"));

    Wishes many;
    for (int i = 0; i < 5000; ++i)
        many.push_back({1, "*KEY" + std::to_string(i) + "*1"});
    OneBoard flood({.wishes = many});
    CHECK(failure(flood.boot()).contains("too many names"));
}

TEST_CASE("metadata is kept as it came, and what is none is refused") {
    OneBoard one({.wishes = {{1, "*USER_SERIAL_NUM*a1b2"},
                             {0, "*EMPTY*"},
                             {1, "*A*b*c"},
                             {1, "*nothing"},
                             {1, "**"},
                             {1, "*"},
                             {1, "*K\x1b[2J*v"},
                             {2, "x"}}});
    const auto report = one.boot();
    REQUIRE_FALSE(report.failure);
    CHECK(report.served.metadata ==
          std::map<std::string, std::string>{{"USER_SERIAL_NUM", "a1b2"}, {"EMPTY", ""}, {"A", "b*c"}});
    CHECK(report.served.refused.size() == 4);
    CHECK(report.served.refused.contains("*K\\x1b[2J*v"));
    CHECK(report.served.files == 0);
}

TEST_CASE("without a second stage the message says what is missing and where it comes from") {
    OneBoard one;
    std::filesystem::remove(one.folder.path() / "bootcode4.bin");
    const auto report = one.boot();
    CHECK(failure(report).contains("lacks bootcode4.bin"));
    CHECK(report.failure->hint.contains("usbboot"));
    CHECK(one.socket->transfers == 0);

    one.folder.directory.write("boot/bootcode4.bin", "");
    CHECK(failure(one.boot()).contains("is no second stage"));
}

TEST_CASE("a file that cannot be sent whole ends the session") {
    test::BoardPlan plan{.wishes = {{1, "kernel8.img"}, {2, "x"}}};
    OneBoard one(plan);
    const auto kernel = one.folder.path() / "kernel8.img";
    // Cut after its length was announced: the board waits for bytes that are nowhere.
    one.socket->on_transfer = [&] {
        if (one.socket->board.awaited() == one.folder.kernel.size())
            std::filesystem::resize_file(kernel, 100);
    };
    CHECK(failure(one.boot()).contains("became shorter while it was sent"));

    OneBoard large(plan);
    std::filesystem::resize_file(large.folder.path() / "kernel8.img", std::uintmax_t{1} << 31);
    CHECK(failure(large.boot()).contains("too large for USB boot"));
}

TEST_CASE("a stop request ends it at any transfer") {
    OneBoard whole;
    REQUIRE_FALSE(whole.boot().failure);
    for (std::size_t at = 0; at < whole.socket->transfers; ++at) {
        OneBoard one;
        std::stop_source stop;
        one.socket->on_transfer = [&] {
            if (one.socket->transfers == at) stop.request_stop();
        };
        const auto report = one.boot(stop.get_token());
        REQUIRE(report.failure);
        CHECK(report.failure->kind == ErrorKind::interrupted);
        CHECK_FALSE(one.socket->board.finished());
    }
}
