#include "sdk/host/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "sdk/host/descriptor.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/fake_terminal.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;

namespace {

host::Environment environment(std::initializer_list<std::pair<const std::string, std::string>> variables) {
    return host::Environment(std::map<std::string, std::string>(variables));
}

/// Both ends of a terminal 100 columns wide.
struct Pty {
    host::Descriptor ours;
    host::Descriptor theirs;

    Pty() {
        winsize size{};
        size.ws_col = 100;
        int master = -1;
        int slave = -1;
        REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
        ours = host::Descriptor(master);
        theirs = host::Descriptor(slave);
    }

    /// What was written to their end up to and with `last`; the kernel hands it over in its own time.
    std::string read_until(std::string_view last) const {
        std::string all;
        char part[4096];
        pollfd wait{.fd = ours.get(), .events = POLLIN, .revents = 0};
        while (!all.contains(last) && ::poll(&wait, 1, 10'000) > 0) {
            const ssize_t count = ::read(ours.get(), part, sizeof part);
            if (count <= 0) break;
            all.append(part, static_cast<std::size_t>(count));
        }
        return all;
    }
};

}  // namespace

TEST_CASE("a terminal is interactive unless CI or TERM=dumb say otherwise; NO_COLOR takes colours alone") {
    const Pty pty;
    const auto look = [&](const host::Environment& variables) {
        const host::FileTerminal terminal(pty.theirs.get(), variables);
        return std::pair(terminal.interactive(), terminal.colour());
    };
    CHECK(look(environment({{"TERM", "xterm"}})) == std::pair(true, true));
    CHECK(look(environment({{"TERM", "xterm"}, {"NO_COLOR", "1"}})) == std::pair(true, false));
    CHECK(look(environment({{"TERM", "xterm"}, {"NO_COLOR", ""}})) == std::pair(true, true));
    CHECK(look(environment({{"TERM", "xterm"}, {"CI", "true"}})) == std::pair(false, false));
    CHECK(look(environment({{"TERM", "dumb"}})) == std::pair(false, false));
    CHECK(look({}) == std::pair(false, false));
    CHECK(host::FileTerminal(pty.theirs.get(), {}).columns() == 100);
}

TEST_CASE("a file is no terminal") {
    const host::Descriptor null(::open("/dev/null", O_WRONLY));
    const host::FileTerminal terminal(null.get(), environment({{"TERM", "xterm"}}));
    CHECK_FALSE(terminal.interactive());
    CHECK_FALSE(terminal.colour());
    CHECK(terminal.columns() == 80);
}

TEST_CASE("a person sees one line a stage, with talk above the bar") {
    const Pty pty;
    host::FileTerminal terminal(pty.theirs.get(), environment({{"TERM", "xterm"}}));
    test::FakeClock clock;
    host::StageDisplay display(terminal, clock);
    display.begin(1, 12, "configure");
    clock.advance(400ms);
    display.end("6.12.117");
    display.begin(2, 12, "compile");
    clock.advance(60s);
    display.progress(50, 200);
    display.line("warning: slow");

    terminal.write("!");
    std::string all = pty.read_until("!");
    all.pop_back();
    CHECK(test::visible(all) ==
          "[ 1/12] configure              0.4 s  6.12.117\n"
          "warning: slow\n"
          "[ 2/12] compile           [#######-----------------------]   25%  50/200  ETA 3 min 00 s\n");
    clock.advance(125s);
    display.fail();
    terminal.write("!");
    all += pty.read_until("!");
    all.pop_back();
    CHECK(test::visible(all) ==
          "[ 1/12] configure              0.4 s  6.12.117\n"
          "warning: slow\n"
          "[ 2/12] compile           3 min 05 s  failed\n");
    CHECK_THAT(all, ContainsSubstring("\x1b[1;31mfailed\x1b[0m"));
}

TEST_CASE("the bar is redrawn at most ten times a second") {
    test::FakeTerminal terminal(true);
    test::FakeClock clock;
    host::StageDisplay display(terminal, clock);
    display.begin(1, 1, "compile");
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        clock.advance(1ms);
        display.progress(i, 2000);
    }
    CHECK(terminal.writes >= 9);
    CHECK(terminal.writes <= 12);
}

TEST_CASE("the bar never wraps") {
    for (const int columns : {1, 20, 40, 60, 80}) {
        test::FakeTerminal terminal(true, columns);
        test::FakeClock clock;
        host::StageDisplay display(terminal, clock);
        display.begin(1, 9, "a stage with a rather long title");
        clock.advance(30s);
        display.progress(1'000'000, 150'000'000);
        for (const auto line : lines(test::visible(terminal.output)))
            CHECK(line.size() < static_cast<std::size_t>(std::max(columns, 2)));
    }
}

TEST_CASE("large totals are bytes; an unknown total has no bar") {
    test::FakeTerminal terminal(true);
    test::FakeClock clock;
    host::StageDisplay display(terminal, clock);
    display.begin(1, 1, "download");
    clock.advance(4s);
    display.progress(std::uint64_t{35} << 20, std::uint64_t{140} << 20);
    CHECK_THAT(terminal.output, ContainsSubstring(" 25%  35.0 MiB/140.0 MiB"));
    clock.advance(4s);
    display.progress(std::uint64_t{36} << 20, 0);
    CHECK_THAT(test::visible(terminal.output),
               ContainsSubstring("download") && ContainsSubstring("36.0 MiB") && !ContainsSubstring("%"));
}

TEST_CASE("the ETA counts from the beginning of a phase, not of the stage") {
    test::FakeTerminal terminal(true);
    test::FakeClock clock;
    host::StageDisplay display(terminal, clock);
    display.begin(1, 1, "source");
    clock.advance(100s);
    display.progress(10, 10);
    display.progress(0, 40);
    clock.advance(10s);
    display.progress(10, 40);
    CHECK_THAT(test::visible(terminal.output), ContainsSubstring("ETA 30 s"));
}

TEST_CASE("without a terminal there are plain lines: start, every tenth of long work, end") {
    test::FakeTerminal terminal(false);
    test::FakeClock clock;
    host::StageDisplay display(terminal, clock);
    display.begin(2, 9, "compile");
    for (std::uint64_t i = 0; i <= 400; ++i) {
        display.progress(i, 400);
        clock.advance(100ms);
    }
    display.end("6.12.117");
    CHECK(terminal.output ==
          "[2/9] compile\n"
          "[2/9] compile  25%  100/400  ETA 30 s\n"
          "[2/9] compile  30%  120/400  ETA 28 s\n"
          "[2/9] compile  40%  160/400  ETA 24 s\n"
          "[2/9] compile  50%  200/400  ETA 20 s\n"
          "[2/9] compile  60%  240/400  ETA 16 s\n"
          "[2/9] compile  70%  280/400  ETA 12 s\n"
          "[2/9] compile  80%  320/400  ETA 8.0 s\n"
          "[2/9] compile  90%  360/400  ETA 4.0 s\n"
          "[2/9] compile                   40 s  6.12.117\n");
}

TEST_CASE("short work in plain lines says start and end only") {
    test::FakeTerminal terminal(false);
    test::FakeClock clock;
    host::StageDisplay display(terminal, clock);
    display.begin(1, 2, "image");
    display.progress(1, 2);
    clock.advance(300ms);
    display.progress(2, 2);
    display.end("");
    CHECK(terminal.output == "[1/2] image\n[1/2] image                    0.3 s\n");
    CHECK_FALSE(terminal.output.contains('\x1b'));
}
