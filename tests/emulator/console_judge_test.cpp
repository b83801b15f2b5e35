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
    const auto report = judge.report("QEMU ended with exit code 0");
    CHECK(report.verdict == Verdict::passed);
    CHECK(report.reason.empty());
    CHECK(report.items.size() == 4);
    CHECK(report.mounts.size() == 2);
}

TEST_CASE("a system that came up but is another one fails with its items") {
    auto answers = healthy_answers();
    answers["uname -r"] = "6.1.0\r\n";
    ConsoleJudge judge(expectation, limits);
    FakeSystem system(answers);
    converse(judge, system, recorded("login.txt"));
    const auto report = judge.report("");
    CHECK(report.verdict == Verdict::failed);
    CHECK_FALSE(report.items.front().passed);
    CHECK_FALSE(report.reason.empty());
}

TEST_CASE("no root file system is a panic, with the kernel's own line and what stood before it") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("no-root.txt")));
    const auto report = judge.report("QEMU was stopped");
    CHECK(report.verdict == Verdict::panic);
    CHECK(report.reason.ends_with("VFS: Unable to mount root fs on unknown-block(0,0)"));
    CHECK(report.console_tail.find("VFS: Cannot open root device") != std::string::npos);
    CHECK(report.console_tail.find("end Kernel panic") != std::string::npos);
}

TEST_CASE("a device that is not there is an external abort") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("external-abort.txt")));
    CHECK(judge.report("").verdict == Verdict::external_abort);
}

TEST_CASE("the first death counts, not the panic that follows it") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("external-abort.txt") + recorded("no-root.txt")));
    CHECK(judge.report("").verdict == Verdict::external_abort);
}

TEST_CASE("a NULL pointer is an oops, though the system goes on") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("oops.txt")));
    const auto report = judge.report("");
    CHECK(report.verdict == Verdict::oops);
    CHECK(report.reason.find("NULL pointer") != std::string::npos);
}

TEST_CASE("waiting for a root device that never comes is silence, and the line is told") {
    ConsoleJudge judge(expectation, limits);
    CHECK(replay(judge, recorded("waiting-for-root.txt"), 70));
    const auto report = judge.report("");
    CHECK(report.verdict == Verdict::no_output);
    CHECK(report.reason.find("Waiting for root device PARTUUID=deadbeef-02") != std::string::npos);
}

TEST_CASE("a console without a byte is silence") {
    ConsoleJudge judge(expectation, limits);
    CHECK_FALSE(judge.feed({}, 59s).stop);
    CHECK(judge.feed("\r\n", 59s).stop == false);
    CHECK(judge.feed({}, 60s).stop);
    CHECK(judge.report("").verdict == Verdict::no_output);
    CHECK(judge.report("").reason.find("not a byte") != std::string::npos);
}

TEST_CASE("talk without end runs into the time limit") {
    ConsoleJudge judge(expectation, limits);
    bool stopped = false;
    for (auto now = 0s; now < 200s && !stopped; ++now)
        stopped = judge.feed("still booting\n", now).stop;
    CHECK(stopped);
    const auto report = judge.report("");
    CHECK(report.verdict == Verdict::timed_out);
    CHECK(report.reason.find("waiting for a login prompt") != std::string::npos);
}

TEST_CASE("a system that lets nobody in fails and says so") {
    ConsoleJudge judge(expectation, limits);
    FakeSystem system({});
    system.password_wanted = true;
    converse(judge, system, recorded("login.txt"));
    CHECK(judge.report("").verdict == Verdict::failed);
    CHECK(judge.report("").reason == "root cannot log in without a password");
}

TEST_CASE("an emulator that ends early is a failure that says how") {
    ConsoleJudge judge(expectation, limits);
    judge.feed("qemu-system-aarch64: unsupported machine type\n", 1s);
    const auto report = judge.report("QEMU ended with exit code 1");
    CHECK(report.verdict == Verdict::failed);
    CHECK(report.reason == "QEMU ended with exit code 1 while waiting for a login prompt");
    CHECK(report.console_tail.find("unsupported machine type") != std::string::npos);
}

TEST_CASE("a system that cannot power off is stopped after a while and has passed") {
    ConsoleJudge judge(expectation, limits);
    FakeSystem system(healthy_answers());
    converse(judge, system, recorded("login.txt"));
    CHECK_FALSE(judge.feed({}, 3s).stop);
    CHECK(judge.feed({}, 60s).stop);
    CHECK(judge.report("").verdict == Verdict::passed);
}
