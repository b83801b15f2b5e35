// The real program on real loop devices.

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "sdk/archive/settings_slot.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/support/text.hpp"
#include "tests/cli/flash_bench.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

using Bench = test::FlashBench;
using test::card_bytes;
using test::image_bytes;
using test::mebibyte;

}  // namespace

TEST_CASE("an image is written to a card and verified") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto run = bench.run({"flash", "x.img", bench.device(), "--yes", "--allow-fixed"});
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(run.out.starts_with(bench.device() + "  written and verified: 6.0 MiB, in "));
    CHECK(run.err.contains("All data will be erased on:\n  " + bench.device() + "  16.0 MiB, loop"));
    CHECK(bench.holds_image(bench.card));
}

TEST_CASE("an image that is not verified is said to be so") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto run = bench.run({"flash", "x.img", bench.device(), "--yes", "--allow-fixed", "--no-verify"});
    CHECK(run.code == 0);
    CHECK(run.out.contains("NOT verified"));
    CHECK(bench.holds_image(bench.card));
}

TEST_CASE("a board that was built is written by its name") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto missing = bench.run({"flash", "rpi4", bench.device(), "--yes", "--allow-fixed"});
    CHECK(missing.code == 1);
    CHECK(missing.err.contains("hint: rpi-kit build rpi4"));
    CHECK(bench.untouched());
    bench.folder.write("out/rpi4/sdcard.img", bench.bytes);
    CHECK(bench.run({"flash", "rpi4", bench.device(), "--yes", "--allow-fixed"}).code == 0);
    CHECK(bench.holds_image(bench.card));
}

TEST_CASE("a dry run shows what would be done, and writes nothing") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto run = bench.run({"flash", "x.img", bench.device(), "--allow-fixed", "--dry-run"});
    CHECK(run.code == 0);
    CHECK(run.err.contains("To be written: x.img, 6.0 MiB\n"));
    CHECK(bench.untouched());
}

TEST_CASE("what is refused is not written, and the hint can be typed") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto fixed = bench.run({"flash", "x.img", bench.device(), "--yes"});
    CHECK(fixed.code == 1);
    CHECK(fixed.err.contains("is a fixed disk (loop)"));
    CHECK(fixed.err.contains(": rpi-kit flash x.img " + bench.device() + " --yes --allow-fixed"));
    const test::LoopDevice small(bench.folder / "small", mebibyte);
    const auto one_of_two =
        bench.run({"flash", "x.img", bench.device(), small.path().string(), "--yes", "--allow-fixed"});
    CHECK(one_of_two.code == 1);
    CHECK(one_of_two.err.contains(small.path().string() + " is too small"));
    const auto twice =
        bench.run({"flash", "x.img", bench.device(), bench.device(), "--yes", "--allow-fixed"});
    CHECK(twice.code == 2);
    CHECK(bench.untouched());
}

TEST_CASE("without root's rights the exact sudo command is named") {
    NEEDS_LOOP_DEVICES();
    if (::geteuid() != 0) SKIP("needs root's rights to give them up");
    const Bench bench;
    fs::permissions(bench.folder.path(), fs::perms::others_all, fs::perm_options::add);
    const auto run =
        test::run_program({"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           RPIKIT_PROGRAM, "flash", "x.img", bench.device(), "--yes", "--allow-fixed"},
                          {.directory = bench.folder.path(),
                           .home = bench.folder / "home",
                           .environment = {"DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent"}});
    CHECK(run.code == 1);
    CHECK(run.err.contains("no right to open " + bench.device()));
    CHECK(run.err.contains("hint: sudo rpi-kit flash x.img " + bench.device() + " --yes --allow-fixed"));
    CHECK(bench.untouched());
}

TEST_CASE("one card that fails does not stop the other, and is named") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto full = bench.folder / "full";
    fs::create_directories(full);
    if (::mount("none", full.c_str(), "tmpfs", 0, "size=3m") != 0) SKIP("cannot mount");
    {
        // A card that takes 3 MiB and fails behind that.
        const test::LoopDevice failing(full / "card", card_bytes);
        const auto run =
            bench.run({"flash", "x.img", failing.path().string(), bench.device(), "--yes", "--allow-fixed"});
        CHECK(run.code == 1);
        CHECK(run.out.contains(failing.path().string() + "  FAILED: "));
        CHECK(run.out.contains("nothing takes it for a finished card"));
        CHECK(run.out.contains(bench.device() + "  written and verified"));
        CHECK(run.err.contains("1 card was not written: " + failing.path().string()));
        CHECK(bench.holds_image(bench.card));
    }
    ::umount2(full.c_str(), MNT_DETACH);
}

TEST_CASE("JSON is one line an event") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto run = bench.run({"flash", "x.img", bench.device(), "--yes", "--allow-fixed", "--json"});
    REQUIRE(run.code == 0);
    std::vector<nlohmann::json> events;
    for (const auto line : lines(run.out))
        events.push_back(nlohmann::json::parse(line));
    REQUIRE(events.size() >= 4);
    CHECK(events.front().at("event") == "start");
    CHECK(events.front().at("size") == image_bytes);
    CHECK(events.front().at("devices").at(0).at("path") == bench.device());
    CHECK(events.back().at("event") == "result");
    CHECK(events.back().at("ok") == true);
    CHECK(events.back().at("verified") == true);
    const auto has_phase = [&](const char* phase) {
        return std::ranges::any_of(events,
                                   [&](const auto& event) { return event.value("phase", "") == phase; });
    };
    CHECK(has_phase("write"));
    CHECK(has_phase("verify"));
    const auto refused = bench.run({"flash", "x.img", bench.device(), "--yes", "--json"});
    CHECK(refused.code == 1);
    REQUIRE(lines(refused.out).size() == 1);
    CHECK(nlohmann::json::parse(refused.out).at("event") == "error");
}

TEST_CASE("at a terminal the device's name is asked for") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto name = bench.card.path().filename().string();
    const std::vector<std::string> command{"flash", "x.img", bench.device(), "--allow-fixed"};
    const auto cue = "Type its name (" + name + ")";
    SECTION("typed right") {
        const auto run = bench.run_in_pty(command, cue, name + "\n");
        INFO(run.output);
        CHECK(run.code == 0);
        CHECK(run.output.contains("written and verified"));
        CHECK(bench.holds_image(bench.card));
    }
    SECTION("another word") {
        const auto run = bench.run_in_pty(command, cue, "yes\n");
        CHECK(run.code == 1);
        CHECK(run.output.contains("was not confirmed"));
        CHECK(bench.untouched());
    }
    SECTION("the end of input, even behind the name") {
        const auto run = bench.run_in_pty(command, cue, name + "\x04\x04");
        CHECK(run.code == 1);
        CHECK(bench.untouched());
    }
    SECTION("Ctrl-C") {
        const auto run = bench.run_in_pty(command, cue, "\x03");
        CHECK(run.code == 130);
        CHECK(run.output.contains("nothing was written"));
        CHECK(bench.untouched());
    }
}

TEST_CASE(
    "a board's first settings are asked for, written in its settings file, and secrets shown to nobody") {
    NEEDS_LOOP_DEVICES();
    Bench bench;
    const std::vector<std::string> command{"flash",   "x.img",  bench.device(), "--allow-fixed", "--hostname",
                                           "kitchen", "--user", "eva",          "--wifi",        "IEEE"};
    const auto name = bench.card.path().filename().string();
    const std::vector<Bench::Answer> answers{{"Password for eva", "open sesame\n"},
                                             {"The same again", "open sesame\n"},
                                             {"Passphrase of the Wi-Fi IEEE", "password\n"},
                                             {"Type its name", name + "\n"}};
    SECTION("an image that waits for them") {
        bench.bytes.replace(mebibyte, archive::settings_slot_size, archive::empty_settings_slot());
        bench.folder.write("x.img", bench.bytes);
        const auto run = bench.run_in_pty(command, answers);
        INFO(run.output);
        REQUIRE(run.code == 0);
        CHECK_FALSE(run.output.contains("sesame"));
        const auto card = host::read_file(bench.card.file()).value();
        const auto slot = std::string_view(card).substr(mebibyte, archive::settings_slot_size);
        CHECK(slot.contains("\nhostname=kitchen\nuser=eva\npassword=$6$"));
        CHECK(slot.contains("\nwifi-key=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e\n"));
        CHECK_FALSE(card.contains("sesame"));
        CHECK(card.substr(0, mebibyte) == bench.bytes.substr(0, mebibyte));
    }
    SECTION("an image that has no place for them is refused before anything is asked") {
        const auto run = bench.run_in_pty(command, answers);
        CHECK(run.code == 1);
        CHECK(run.output.contains("takes no settings"));
        CHECK_FALSE(run.output.contains("Password"));
        CHECK(bench.untouched());
    }
    SECTION("a password that was not typed the same twice") {
        bench.bytes.replace(mebibyte, archive::settings_slot_size, archive::empty_settings_slot());
        bench.folder.write("x.img", bench.bytes);
        const auto run = bench.run_in_pty(command, {answers[0], {"The same again", "open\n"}});
        CHECK(run.code == 2);
        CHECK(bench.untouched());
    }
    SECTION("without a terminal nobody can be asked") {
        bench.bytes.replace(mebibyte, archive::settings_slot_size, archive::empty_settings_slot());
        bench.folder.write("x.img", bench.bytes);
        auto piped = command;
        piped.emplace_back("--yes");
        const auto run = bench.run(piped);
        CHECK(run.code == 2);
        CHECK(run.err.contains("nobody can be asked for the password of eva"));
        CHECK(bench.untouched());
    }
}

TEST_CASE("Ctrl-C leaves a card that nothing takes for a finished one") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto pipe = bench.folder / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const host::Descriptor both(::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    // Not all of it: the program waits for more until it is interrupted, and may end before it has read this.
    std::jthread writer([&](const std::stop_token& stop) {
        for (std::size_t done = 0; done < image_bytes / 2 && !stop.stop_requested();) {
            const auto count = ::write(both.get(), bench.bytes.data() + done, 65536);
            if (count > 0) done += static_cast<std::size_t>(count);
            if (count < 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
    const auto command = "exec " + std::string(RPIKIT_PROGRAM) + " flash - " + bench.device() +
                         " --yes --allow-fixed < " + pipe.string();
    const auto run = test::run_program({"/bin/sh", "-c", command}, {.directory = bench.folder.path(),
                                                                    .home = bench.folder / "home",
                                                                    .kill_signal = SIGINT,
                                                                    .kill_when = "  write"});
    INFO(run.err);
    CHECK(run.code == 130);
    CHECK(run.err.contains("nothing takes it for a finished card"));
    CHECK_FALSE(bench.holds_image(bench.card));
}

TEST_CASE("a card is read into a file") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    REQUIRE(bench.run({"flash", "x.img", bench.device(), "--yes", "--allow-fixed"}).code == 0);
    const auto run = bench.run({"read", bench.device(), "back.img"});
    INFO(run.err);
    CHECK(run.code == 0);
    const auto back = host::read_file(bench.folder / "back.img");
    REQUIRE(back);
    CHECK(back->size() == card_bytes);
    CHECK(back->starts_with(bench.bytes));
    CHECK(bench.run({"read", bench.device(), "back.img"}).code == 2);
    for (const char* other : {"back.img.bz2", "back.zip"}) {
        const auto refused = bench.run({"read", bench.device(), other});
        CHECK(refused.code == 2);
        CHECK(refused.err.contains("what is compressed here are .xz, .zst and .gz"));
        CHECK_FALSE(std::filesystem::exists(bench.folder / other));
    }
}

TEST_CASE("devices are listed with what speaks against writing them") {
    NEEDS_LOOP_DEVICES();
    const Bench bench;
    const auto table = bench.run({"devices"});
    CHECK(table.code == 0);
    CHECK(table.out.starts_with("DEVICE "));
    CHECK(table.out.contains(bench.device() + " "));
    CHECK(table.out.contains("no: it is a fixed disk (loop)"));
    const auto run = bench.run({"devices", "--json"});
    const auto devices = nlohmann::json::parse(run.out).at("devices");
    const auto found = std::ranges::find_if(
        devices, [&](const auto& device) { return device.at("path") == bench.device(); });
    REQUIRE(found != devices.end());
    CHECK(found->at("size") == card_bytes);
    CHECK(found->at("can_be_written") == false);
    CHECK(found->at("refusals").at(0).at("kind") == "fixed");
}
