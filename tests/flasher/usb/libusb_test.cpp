// The program with the real libusb, on a bus that umockdev makes up.

#include <signal.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/flasher/usb/fixture.hpp"
#include "tests/flasher/usb/mocked_usb.hpp"
#include "tests/support/program.hpp"

using namespace rpikit;

namespace {

struct Bench {
    test::BootFolder folder;
    test::MockedUsb usb;

    Bench() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        SKIP("a program with the sanitizer's library and umockdev's both before all others was seen to hang");
#endif
        REQUIRE(test::MockedUsb::possible());
    }
    test::ProgramRun run(std::vector<std::string> arguments, test::ProgramOptions options = {}) const {
        arguments.insert(arguments.begin(), {RPIKIT_PROGRAM, "usb"});
        options.directory = folder.directory.path();
        options.home = folder.directory.path();
        options.environment = usb.environment();
        return test::run_program(arguments, options);
    }
    void check_files(int port) const {
        const auto board = usb.board(port);
        INFO("port 1-1." << port);
        CHECK(board.finished());
        CHECK(board.mistakes.empty());
        CHECK(board.bootcode == "second stage's code");
        CHECK(board.files.at("kernel8.img") == folder.kernel);
        CHECK(board.files.at("config.txt") == "for this chip\n");
        CHECK(board.sizes.at("recovery.elf") == 0);
    }
};

}  // namespace

TEST_CASE("libusb: boards are listed") {
    Bench bench;
    bench.usb.plug(2, {});
    bench.usb.plug(4, {});
    const auto listed = bench.run({"list", "--json"});
    INFO(listed.err);
    REQUIRE(listed.code == 0);
    const auto boards = nlohmann::json::parse(listed.out).at("boards");
    REQUIRE(boards.size() == 2);
    CHECK(boards[0].at("port") == "1-1.2");
    CHECK(boards[0].at("stage") == "boot ROM");
    CHECK(boards[1].at("port") == "1-1.4");
}

TEST_CASE("libusb: no board") {
    const Bench bench;
    const auto listed = bench.run({"list"});
    CHECK(listed.code == 0);
    CHECK(listed.out.empty());
    CHECK(listed.err.contains("no board waits for USB boot"));
    const auto booted = bench.run({"boot", "boot", "--timeout", "0"});
    CHECK(booted.code == 1);
    CHECK(booted.err.contains("nRPIBOOT"));
}

TEST_CASE("libusb: a board boots from its ROM to its last file") {
    Bench bench;
    bench.usb.plug(2, {.plan = test::ordinary_plan(), .serial = "10000000abcd"});
    const auto run = bench.run({"boot", "boot", "--verbose", "--json"});
    INFO(run.out << run.err);
    REQUIRE(run.code == 0);
    bench.check_files(2);
    const auto report = nlohmann::json::parse(run.out).at("boards").at(0);
    CHECK(report.at("port") == "1-1.2");
    CHECK(report.at("serial") == "10000000abcd");
    CHECK(report.at("booted") == true);
    CHECK(report.at("files") == 3);
    CHECK(report.at("metadata").at("MAC") == "dc:a6:32:01:02:03");
    CHECK(run.err.contains("1-1.2: < read kernel8.img"));
}

namespace {

/// What `build rpi4` would leave: an image whose first partition has boot files.
void make_image(const Bench& bench, const std::string& boot_files) {
    const auto work = bench.folder.directory.path();
    bench.folder.directory.write("image.sh", R"(set -e
PATH=$PATH:/usr/sbin:/sbin
mkdir -p out/rpi4 files/overlays
cd files
for file in config.txt cmdline.txt start4.elf fixup4.dat Image.gz bcm2711-rpi-4-b.dtb overlays/disable-bt.dtbo; do
    echo "built: $file" > $file
done
cd ..
rm -f out/rpi4/sdcard.img
truncate -s 40M out/rpi4/sdcard.img
echo '2048,,c' | sfdisk -q out/rpi4/sdcard.img
mformat -i out/rpi4/sdcard.img@@1M ::
cd files
mcopy -s -i ../out/rpi4/sdcard.img@@1M )" + boot_files +
                                                 " ::\n");
    const auto made = test::run_program({"/bin/sh", "image.sh"}, {.directory = work, .home = work});
    INFO(made.out << made.err);
    REQUIRE(made.code == 0);
}

}  // namespace

TEST_CASE("libusb: a board boots what was built for it") {
    Bench bench;
    make_image(bench, "*");
    // What another kernel left there once.
    bench.folder.directory.write("out/rpi4/usb/2711/old.img", "another kernel");
    const auto incomplete = bench.run({"boot", "rpi4"});
    CHECK(incomplete.code == 1);
    CHECK(incomplete.err.contains("bootcode4.bin"));
    bench.folder.directory.write("out/rpi4/usb/bootcode4.bin", "second stage's code");

    test::BoardPlan plan;
    const std::vector<std::string> built{"config.txt",
                                         "start4.elf",
                                         "fixup4.dat",
                                         "cmdline.txt",
                                         "Image.gz",
                                         "bcm2711-rpi-4-b.dtb",
                                         "overlays/disable-bt.dtbo"};
    for (const auto& name : built) {
        plan.wishes.push_back({0, name});
        plan.wishes.push_back({1, name});
    }
    plan.wishes.push_back({1, "old.img"});
    plan.wishes.push_back({2, "done"});
    bench.usb.plug(2, {.plan = plan});
    const auto run = bench.run({"boot", "rpi4", "--json"});
    INFO(run.out << run.err);
    REQUIRE(run.code == 0);
    const auto board = bench.usb.board(2);
    CHECK(board.finished());
    CHECK(board.mistakes.empty());
    CHECK(board.bootcode == "second stage's code");
    for (const auto& name : built) {
        INFO(name);
        CHECK(board.files.at(name) == "built: " + name + "\n");
        CHECK(board.sizes.at(name) == board.files.at(name).size());
    }
    CHECK(board.files.at("old.img").empty());
}

TEST_CASE("libusb: a board whose boot partition has no firmware is not booted") {
    Bench bench;
    make_image(bench, "config.txt");
    bench.folder.directory.write("out/rpi4/usb/bootcode4.bin", "second stage's code");
    bench.usb.plug(2, {.plan = test::ordinary_plan()});
    const auto run = bench.run({"boot", "rpi4"});
    CHECK(run.code == 2);
    CHECK(run.err.contains("has no start4.elf"));
    CHECK(bench.usb.board(2).in_rom());
}

TEST_CASE("libusb: four boards at once in one process") {
    Bench bench;
    for (int port = 1; port <= 4; ++port)
        bench.usb.plug(port, {.plan = test::ordinary_plan()});
    const auto run = bench.run({"boot", "boot", "--all"});
    INFO(run.out << run.err);
    CHECK(run.code == 0);
    for (int port = 1; port <= 4; ++port)
        bench.check_files(port);
}

TEST_CASE("libusb: of four boards one leaves the bus, the others boot") {
    Bench bench;
    for (int port = 1; port <= 4; ++port)
        bench.usb.plug(port, {.plan = test::ordinary_plan(), .vanish_at = port == 3 ? 8 : -1});
    const auto run = bench.run({"boot", "boot", "--all", "--json"});
    INFO(run.out << run.err);
    CHECK(run.code == 1);
    for (const int port : {1, 2, 4})
        bench.check_files(port);
    const auto boards = nlohmann::json::parse(run.out).at("boards");
    REQUIRE(boards.size() == 4);
    CHECK(boards[2].at("booted") == false);
    CHECK(boards[2].at("error").at("message").get<std::string>().contains(
        "the board at USB port 1-1.3 left the bus"));
}

TEST_CASE("libusb: a board leaves the bus at any transfer") {
    int transfers = 0;
    for (int at = 0; at < 40; at += 4) {
        Bench bench;
        bench.usb.plug(1, {.plan = test::ordinary_plan(), .vanish_at = at});
        const auto run = bench.run({"boot", "boot"});
        INFO("transfer " << at << '\n' << run.out << run.err);
        if (bench.usb.board(1).finished()) {
            CHECK(run.code == 0);
            break;
        }
        CHECK(run.code == 1);
        CHECK(run.err.contains("left the bus"));
        ++transfers;
    }
    CHECK(transfers > 4);
}

TEST_CASE("libusb: hostile names get nothing") {
    Bench bench;
    const auto secret = (bench.folder.directory / "secret.txt").string();
    std::filesystem::create_symlink("../secret.txt", bench.folder.path() / "link");
    const std::vector<std::string> names{
        "../secret.txt", secret, "2711/../../secret.txt", "link", "/etc/passwd", "a\nb", "..", "\xff\xfe"};
    test::BoardPlan plan;
    for (const auto& name : names) {
        plan.wishes.push_back({0, name});
        plan.wishes.push_back({1, name});
    }
    plan.wishes.push_back({2, "done"});
    bench.usb.plug(1, {.plan = plan});
    const auto run = bench.run({"boot", "boot", "--json"});
    INFO(run.out << run.err);
    REQUIRE(run.code == 0);
    const auto board = bench.usb.board(1);
    CHECK(board.finished());
    for (const auto& name : names) {
        CHECK(board.sizes.at(name) == 0);
        CHECK(board.files.at(name).empty());
    }
    CHECK(nlohmann::json::parse(run.out).at("boards").at(0).at("refused").size() == names.size());
}

TEST_CASE("libusb: a board that does not come back") {
    Bench bench;
    bench.usb.plug(1, {.plan = test::ordinary_plan(), .returns = false});
    const auto run = bench.run({"boot", "boot", "--timeout", "1"});
    CHECK(run.code == 1);
    CHECK(run.err.contains("did not come back within 5.0 s"));
}

TEST_CASE("libusb: Ctrl-C ends a transfer that never ends") {
    Bench bench;
    bench.usb.plug(1, {.plan = test::ordinary_plan(), .hang_at = 7});
    const auto run =
        bench.run({"boot", "boot", "--verbose"}, {.kill_signal = SIGINT, .kill_when = "file server's turn"});
    INFO(run.out << run.err);
    CHECK(run.code == 130);
    CHECK_FALSE(bench.usb.board(1).finished());
}

TEST_CASE("libusb: a board whose node may not be opened") {
    if (::geteuid() == 0) SKIP("root may open any node");
    Bench bench;
    bench.usb.plug(1, {.plan = test::ordinary_plan(), .openable = false});
    const auto run = bench.run({"boot", "boot"});
    CHECK(run.code == 1);
    CHECK(run.err.contains("no permission to use the board at USB port 1-1.1"));
    CHECK(run.err.contains("70-raspberry-pi-boot.rules"));
}
