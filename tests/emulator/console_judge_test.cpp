#include "sdk/emulator/console_judge.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "tests/emulator/fake_system.hpp"

using namespace rpikit::emulator;
using namespace std::chrono_literals;
using rpikit::test::FakeSystem;
using rpikit::test::healthy_answers;
using std::chrono::milliseconds;

namespace {

const Expectation expectation{
    .release = "6.12.117-tiny", .config = {{"HZ", "250"}}, .root_device = "mmcblk0p2", .module = "loop"};
const ConsoleJudge::Ending powered_off{.how = "QEMU ended with exit code 0", .by_itself = true};
constexpr ConsoleJudge::Limits limits{.total = 120s, .silence = 60s};

std::string recorded(const std::string& name) {
    auto text = rpikit::host::read_file(std::string(RPIKIT_SOURCE_DIR) + "/tests/emulator/consoles/" + name);
    REQUIRE(text);
    return *text;
}

/// Feeds a recorded console in small pieces, as a pipe gives it, then lets `seconds` pass. Whether the judge
/// stopped it.
bool replay(ConsoleJudge& judge, const std::string& console, int seconds = 5) {
    milliseconds now{};
    for (std::size_t at = 0; at < console.size(); at += 37) {
        now += 10ms;
        if (judge.feed(std::string_view(console).substr(at, 37), now).stop) return true;
    }
    for (int i = 0; i < seconds; ++i) {
        now += 1s;
        if (judge.feed({}, now).stop) return true;
    }
    return false;
}

/// Lets the judge and a system talk until the judge stops or nothing more is said. Whether it powered off.
void converse(ConsoleJudge& judge, FakeSystem& system, const std::string& boot) {
    milliseconds now{};
    std::string output = boot;
    for (int i = 0; i < 100 && !system.powered_off; ++i) {
        const auto step = judge.feed(output, now += 100ms);
        if (step.stop) return;
        output = system.type(step.input);
    }
    judge.feed(output, now);
}

}  // namespace

TEST_CASE("a good boot passes and is powered off") {
    ConsoleJudge judge(expectation, limits);
    FakeSystem system(healthy_answers());
    converse(judge, system, recorded("login.txt"));
    CHECK(system.powered_off);
    const auto report = judge.report(powered_off);
    CHECK(report.verdict == Verdict::passed);
    CHECK(report.reason.empty());
    REQUIRE(report.items.size() == 5);
    CHECK(report.items.back().what == "power-off");
    CHECK(report.items.back().found == "off");
    CHECK(report.mounts.size() == 2);
}

TEST_CASE("a system that came up but is another one fails with its items") {
    auto answers = healthy_answers();
    answers["uname -r"] = "6.1.0\r\n";
    ConsoleJudge judge(expectation, limits);
    FakeSystem system(answers);
    converse(judge, system, recorded("login.txt"));
    const auto report = judge.report({});
    CHECK(report.verdict == Verdict::failed);
    CHECK_FALSE(report.items.front().passed);
    CHECK_FALSE(report.reason.empty());
}

TEST_CASE("no root file system is a panic, with the kernel's own line and what stood before it") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("no-root.txt")));
    const auto report = judge.report({.how = "QEMU was stopped"});
    CHECK(report.verdict == Verdict::panic);
    CHECK(report.reason.ends_with("VFS: Unable to mount root fs on unknown-block(0,0)"));
    CHECK(report.console_tail.find("VFS: Cannot open root device") != std::string::npos);
    CHECK(report.console_tail.find("end Kernel panic") != std::string::npos);
}

TEST_CASE("a device that is not there is an external abort") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("external-abort.txt")));
    CHECK(judge.report({}).verdict == Verdict::external_abort);
}

TEST_CASE("the first death counts, not the panic that follows it") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("external-abort.txt") + recorded("no-root.txt")));
    CHECK(judge.report({}).verdict == Verdict::external_abort);
}

TEST_CASE("a NULL pointer is an oops, though the system goes on") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("oops.txt")));
    const auto report = judge.report({});
    CHECK(report.verdict == Verdict::oops);
    CHECK(report.reason.find("NULL pointer") != std::string::npos);
}

TEST_CASE("waiting for a root device that never comes is silence, and the line is told") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("waiting-for-root.txt"), 70));
    const auto report = judge.report({});
    CHECK(report.verdict == Verdict::no_output);
    CHECK(report.reason.find("Waiting for root device PARTUUID=deadbeef-02") != std::string::npos);
}

TEST_CASE("a console without a byte is silence") {
    ConsoleJudge judge(expectation, limits);
    CHECK_FALSE(judge.feed({}, 59s).stop);
    CHECK(judge.feed("\r\n", 59s).stop == false);
    CHECK(judge.feed({}, 60s).stop);
    CHECK(judge.report({}).verdict == Verdict::no_output);
    CHECK(judge.report({}).reason.find("not a byte") != std::string::npos);
}

TEST_CASE("talk without end runs into the time limit") {
    ConsoleJudge judge(expectation, limits);
    bool stopped = false;
    for (auto now = 0s; now < 200s && !stopped; ++now)
        stopped = judge.feed("still booting\n", now).stop;
    CHECK(stopped);
    const auto report = judge.report({});
    CHECK(report.verdict == Verdict::timed_out);
    CHECK(report.reason.find("waiting for a login prompt") != std::string::npos);
}

TEST_CASE("a system that lets nobody in fails and says so") {
    ConsoleJudge judge(expectation, limits);
    FakeSystem system({});
    system.password_wanted = true;
    converse(judge, system, recorded("login.txt"));
    CHECK(judge.report({}).verdict == Verdict::failed);
    CHECK(judge.report({}).reason == "root cannot log in without a password");
}

TEST_CASE("an emulator that ends early is a failure that says how") {
    ConsoleJudge judge(expectation, limits);
    judge.feed("qemu-system-aarch64: unsupported machine type\n", 1s);
    const auto report = judge.report({.how = "QEMU ended with exit code 1"});
    CHECK(report.verdict == Verdict::failed);
    CHECK(report.reason == "QEMU ended with exit code 1 while waiting for a login prompt");
    CHECK(report.console_tail.find("unsupported machine type") != std::string::npos);
}

namespace {

/// The report of a good boot on whose power-off the console says `last` and QEMU goes on.
BootReport report_with_power_off(const std::string& last) {
    ConsoleJudge judge(expectation, limits);
    FakeSystem system(healthy_answers());
    system.last_words = last;
    converse(judge, system, recorded("login.txt"));
    CHECK_FALSE(judge.feed({}, 5s).stop);
    CHECK(judge.feed({}, 60s).stop);
    return judge.report({.how = "QEMU was killed by signal 15"});
}

}  // namespace

TEST_CASE("a kernel that cannot power off is stopped after a while and fails, with its items") {
    const auto report = report_with_power_off("[    9.000000] reboot: System halted\r\n");
    CHECK(report.verdict == Verdict::failed);
    CHECK(report.reason.starts_with("power-off: halted"));
    REQUIRE(report.items.size() == 5);
    CHECK_FALSE(report.items.back().passed);
    CHECK(report.items.front().passed);
}

TEST_CASE("a power-off that the emulator may not have is told, not judged") {
    auto report = report_with_power_off("[    9.000000] reboot: Power down\r\n");
    CHECK(report.verdict == Verdict::passed);
    CHECK(report.items.back().found == "not checked: the kernel powered down, the emulator went on");
    report = report_with_power_off("sh: poweroff: not found\r\n");
    CHECK(report.verdict == Verdict::passed);
    CHECK(report.items.back().found == "not checked: nothing came of it in 20 s");
}

TEST_CASE("an emulator that dies of the power-off is a failure") {
    ConsoleJudge judge(expectation, limits);
    FakeSystem system(healthy_answers());
    converse(judge, system, recorded("login.txt"));
    const auto report = judge.report({.how = "QEMU was killed by signal 11"});
    CHECK(report.verdict == Verdict::failed);
    CHECK(report.items.back().found == "QEMU was killed by signal 11");
}

TEST_CASE("a crash while powering off counts") {
    ConsoleJudge judge(expectation, limits);
    FakeSystem system(healthy_answers());
    system.last_words = "[    9.000000] Kernel panic - not syncing: Attempted to kill init!\r\n";
    converse(judge, system, recorded("login.txt"));
    CHECK(judge.report(powered_off).verdict == Verdict::panic);
}

TEST_CASE("a system that is rebooted is logged in to again, then powered off") {
    ConsoleJudge judge(expectation, {.total = 120s, .silence = 60s, .reboot = true});
    FakeSystem system(healthy_answers());
    system.reboot = "[   10.5] reboot: Restarting system\r\n" + recorded("login.txt");
    converse(judge, system, recorded("login.txt"));
    CHECK(system.powered_off);
    const auto report = judge.report(powered_off);
    CHECK(report.verdict == Verdict::passed);
    REQUIRE(report.items.size() == 6);
    CHECK(report.items[0].found == "6.12.117-tiny");
    CHECK(report.items[4].what == "reboot");
    CHECK(report.items[4].found == "started again");
    CHECK(report.items[5].found == "off");
    CHECK(report.mounts.size() == 2);
}

TEST_CASE("a system that does not come again fails, with all that it answered before") {
    ConsoleJudge judge(expectation, {.total = 120s, .silence = 60s, .reboot = true});
    FakeSystem system(healthy_answers());
    converse(judge, system, recorded("login.txt"));
    CHECK_FALSE(system.powered_off);
    BootReport report;
    SECTION("nothing is heard") {
        CHECK_FALSE(judge.feed("[   10.5] reboot: Restarting system\r\n", 40s).stop);
        CHECK(judge.feed({}, 70s).stop);
        report = judge.report({.how = "QEMU was killed by signal 15"});
        CHECK(report.reason == "reboot: no kernel started in 50 s");
    }
    SECTION("the emulator ends") {
        report = judge.report({.how = "QEMU ended with exit code 0", .by_itself = true});
        CHECK(report.reason == "reboot: QEMU ended with exit code 0");
    }
    CHECK(report.verdict == Verdict::failed);
    REQUIRE(report.items.size() == 5);
    CHECK(report.items[0].passed);
    CHECK_FALSE(report.items[4].passed);
}
