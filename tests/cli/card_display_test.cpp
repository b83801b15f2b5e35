#include "sdk/cli/card_display.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "sdk/support/text.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/fake_terminal.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using card::Phase;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

/// A command's surroundings with a screen and a clock of ours.
struct Scene {
    explicit Scene(bool interactive, bool json = false, int columns = 80)
        : terminal(interactive, columns),
          stages(terminal, host.clock),
          context{.host = host.host(),
                  .screen = terminal,
                  .display = stages,
                  .out = [this](std::string_view text) { out += text; },
                  .work = {},
                  .boards = {},
                  .toolchains = {},
                  .program = {},
                  .json = json},
          display(context, {"/dev/sdb", "/dev/sdc"}) {}

    test::FakeProcessRunner processes;
    test::TestHost host{processes};
    test::FakeTerminal terminal;
    host::StageDisplay stages;
    std::string out;
    cli::Context context;
    cli::CardDisplay display;
};

}  // namespace

TEST_CASE("a terminal shows a line a card with phase, speed and time left") {
    Scene scene(true);
    scene.display.update({.card = 0, .phase = Phase::write, .done = 0, .total = 100 * mebibyte});
    scene.host.clock.advance(2s);
    scene.display.update({.card = 0, .phase = Phase::write, .done = 50 * mebibyte, .total = 100 * mebibyte});
    CHECK(test::visible(scene.terminal.output) ==
          "/dev/sdb  write    50 %  50.0 MiB of 100.0 MiB  25.0 MiB/s  ETA 2.0 s\n/dev/sdc  waits\n");
    scene.host.clock.advance(1s);
    scene.display.update({.card = 1, .phase = Phase::flush, .done = 0, .total = 0});
    scene.host.clock.advance(1s);
    scene.display.update({.card = 0, .phase = Phase::verify, .done = 1 * mebibyte, .total = 4 * mebibyte});
    scene.display.finish();
    const auto shown = test::visible(scene.terminal.output);
    CHECK(shown.contains("/dev/sdb  verify   25 %  1.0 MiB of 4.0 MiB\n"));
    CHECK(shown.contains("/dev/sdc  flush\n"));
    CHECK(lines(shown).size() == 2);
}

TEST_CASE("a wide terminal shows a bar a card, all equally long") {
    Scene scene(true, false, 110);
    scene.display.update({.card = 0, .phase = Phase::write, .done = 0, .total = 100 * mebibyte});
    scene.host.clock.advance(2s);
    scene.display.update(
        {.card = 1, .phase = Phase::verify, .done = 100 * mebibyte, .total = 100 * mebibyte});
    scene.display.update({.card = 0, .phase = Phase::write, .done = 50 * mebibyte, .total = 100 * mebibyte});
    scene.display.finish();
    CHECK(test::visible(scene.terminal.output) ==
          "/dev/sdb  write   [##########-----------]   50 %  50.0 MiB of 100.0 MiB  25.0 MiB/s  ETA 2.0 s\n"
          "/dev/sdc  verify  [#####################]  100 %  100.0 MiB of 100.0 MiB\n");
}

TEST_CASE("a card that is done, or failed, says so while others are at work") {
    Scene scene(true);
    scene.display.update({.card = 0, .phase = Phase::write, .done = 0, .total = 100 * mebibyte});
    scene.display.update({.card = 1, .phase = Phase::write, .done = 0, .total = 100 * mebibyte});
    scene.host.clock.advance(21s);
    scene.display.update({.card = 0, .phase = Phase::done});
    scene.host.clock.advance(1s);
    scene.display.update({.card = 1, .phase = Phase::failed});
    scene.host.clock.advance(1s);
    scene.display.finish();
    CHECK(test::visible(scene.terminal.output) == "/dev/sdb  done    21 s\n/dev/sdc  FAILED  22 s\n");
}

TEST_CASE("a total that is a guess is said to be one") {
    Scene scene(true);
    scene.display.update({.card = 0, .phase = Phase::write, .done = 0, .total = 0, .guessed = true});
    scene.host.clock.advance(2s);
    scene.display.update(
        {.card = 0, .phase = Phase::write, .done = 50 * mebibyte, .total = 100 * mebibyte, .guessed = true});
    CHECK(test::visible(scene.terminal.output)
              .starts_with("/dev/sdb  write    50 %  50.0 MiB of about 100.0 MiB  25.0 MiB/s  ETA 2.0 s\n"));
    Scene json(false, true);
    json.display.update({.card = 0, .phase = Phase::write, .done = 5, .total = 9, .guessed = true});
    CHECK(nlohmann::json::parse(json.out).at("guessed") == true);
}

TEST_CASE("a terminal is not drawn more than ten times a second, nor wider than it is") {
    Scene scene(true);
    for (int i = 0; i < 1000; ++i)
        scene.display.update(
            {.card = 0, .phase = Phase::write, .done = static_cast<std::uint64_t>(i), .total = 1000});
    CHECK(scene.terminal.writes == 1);
    scene.host.clock.advance(1s);
    scene.display.update(
        {.card = 0, .phase = Phase::write, .done = 999 * mebibyte, .total = 1000 * mebibyte});
    for (const auto line : lines(test::visible(scene.terminal.output)))
        CHECK(line.size() < 80);
}

TEST_CASE("elsewhere there is a plain line at each phase's start and each tenth") {
    Scene scene(false);
    for (std::uint64_t i = 0; i <= 100; ++i)
        scene.display.update(
            {.card = 1, .phase = Phase::write, .done = i * mebibyte, .total = 100 * mebibyte});
    scene.display.update({.card = 1, .phase = Phase::flush, .done = 0, .total = 0});
    scene.display.update({.card = 1, .phase = Phase::flush, .done = 0, .total = 0});
    const auto told = lines(scene.terminal.output);
    REQUIRE(told.size() == 12);
    CHECK(told.front() == "/dev/sdc  write     0 %");
    CHECK(told[10] == "/dev/sdc  write   100 %  100.0 MiB of 100.0 MiB");
    CHECK(told[11] == "/dev/sdc  flush");
    CHECK_FALSE(scene.terminal.output.contains('\x1b'));
}

TEST_CASE("a stream of unknown size has a speed and no end") {
    Scene scene(true);
    scene.display.update({.card = 0, .phase = Phase::write, .done = 0, .total = 0});
    scene.host.clock.advance(4s);
    scene.display.update({.card = 0, .phase = Phase::write, .done = 8 * mebibyte, .total = 0});
    CHECK(test::visible(scene.terminal.output).starts_with("/dev/sdb  write   8.0 MiB  2.0 MiB/s\n"));
}

TEST_CASE("JSON gives one line an event, once a second and at a phase's ends") {
    Scene scene(false, true);
    for (std::uint64_t i = 0; i <= 10; ++i) {
        scene.display.update({.card = 0, .phase = Phase::write, .done = i, .total = 10});
        scene.host.clock.advance(250ms);
    }
    CHECK(scene.terminal.output.empty());
    const auto events = lines(scene.out);
    REQUIRE(events.size() == 4);
    for (const auto line : events) {
        const auto event = nlohmann::json::parse(line);
        CHECK(event.at("event") == "progress");
        CHECK(event.at("device") == "/dev/sdb");
        CHECK(event.at("phase") == "write");
    }
    CHECK(nlohmann::json::parse(events.back()).at("done") == 10);
}
