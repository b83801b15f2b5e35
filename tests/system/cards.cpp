#include "tests/system/cards.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <deque>
#include <nlohmann/json.hpp>

#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/loop_device.hpp"
#include "tests/support/program.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

namespace {

namespace fs = std::filesystem;

/// A power of two, as QEMU wants an SD card.
constexpr std::uint64_t card_bytes = std::uint64_t{512} << 20;

struct Desk {
    fs::path work;
    fs::path home;
    TempDir folder;
    std::deque<LoopDevice> cards;

    std::string insert() {
        const auto file = folder / ("card" + std::to_string(cards.size()));
        return cards.emplace_back(file, card_bytes).path().string();
    }
    void run(const std::string& shell) const {
        const auto done = run_program({"/bin/sh", "-c", shell}, {.directory = work, .home = home});
        INFO(shell << '\n' << done.out << done.err);
        REQUIRE(done.code == 0);
    }
    /// All options are behind the devices.
    void flash(const std::string& what, const std::string& devices, const std::string& more = "") const {
        run(shell_quote(RPIKIT_PROGRAM) + " flash " + what + " " + devices + " --yes --allow-fixed " + more);
    }
    /// The whole card: what an image leaves out is zero on a new one.
    std::string hash(std::size_t card) const { return sha256_file(cards.at(card).file()).value(); }
};

}  // namespace

void check_cards(const fs::path& work, const fs::path& home) {
    if (const auto why = LoopDevice::unavailable()) {
        WARN("no cards are written: " << *why);
        return;
    }
    Desk desk{.work = work, .home = home, .folder = {}, .cards = {}};
    desk.run("bmaptool -q copy out/rpi4/sdcard.img " + desk.insert());
    const auto expected = desk.hash(0);

    std::string four;
    for (int i = 0; i < 4; ++i)
        four += desk.insert() + ' ';
    desk.flash("rpi4", four);
    for (std::size_t card = 1; card <= 4; ++card)
        CHECK(desk.hash(card) == expected);

    const auto packed = (desk.folder / "sdcard.img.xz").string();
    desk.run("xz -0 -T0 -c out/rpi4/sdcard.img > " + packed);
    desk.flash(packed, desk.insert());
    CHECK(desk.hash(5) == expected);
    desk.run("cat " + packed + " | " + shell_quote(RPIKIT_PROGRAM) + " flash - " + desk.insert() +
             " --yes --allow-fixed");
    CHECK(desk.hash(6) == expected);

    // The same card again, with settings; only what differs is written.
    const auto card = desk.cards.at(1).path().string();
    desk.flash("rpi4", card, "--delta --hostname kitchen");
    CHECK(desk.hash(1) != expected);
    const auto booted = run_program({RPIKIT_PROGRAM, "boot", "rpi4", "--image", card, "--check", "--json"},
                                    {.directory = work, .home = home});
    INFO(booted.out << booted.err);
    REQUIRE(booted.code == 0);
    CHECK(nlohmann::json::parse(booted.out)["verdict"] == "passed");

    bool asked = false;
    const auto console = run_in_pty({RPIKIT_PROGRAM, "boot", "rpi4", "--image", card},
                                    {.environment = host::Environment({{"HOME", home.string()},
                                                                       {"PATH", std::getenv("PATH")},
                                                                       {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR},
                                                                       {"TERM", "vt100"}}),
                                     .directory = work,
                                     .time_limit = std::chrono::minutes(3),
                                     .type = [&](std::string_view all) -> std::string {
                                         if (asked || !all.contains(" login: ")) return {};
                                         asked = true;
                                         return "\x01x";  // QEMU's own key to end it
                                     }});
    INFO(console.output);
    CHECK(console.output.contains("kitchen login: "));
}

}  // namespace rpikit::test
