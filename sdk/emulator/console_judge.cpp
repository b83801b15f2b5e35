#include "sdk/emulator/console_judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/emulator/checks.hpp"
#include "sdk/emulator/crash.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::emulator {
namespace {

using std::chrono::milliseconds;

// The lines behind a crash (registers, call trace, the panic that follows) belong to the report.
constexpr milliseconds after_crash{2000};
// How long the system may take to power off once everything is answered.
constexpr milliseconds power_off_time{20000};
// How long until the kernel's first words after a reboot, boot loader included; below the limit of silence.
constexpr milliseconds reboot_time{50000};
constexpr std::size_t tail_lines = 40;

bool is_visible(char c) {
    return static_cast<unsigned char>(c) > ' ';
}

}  // namespace

ConsoleJudge::ConsoleJudge(Expectation expectation, Limits limits)
    : expectation_(std::move(expectation)), limits_(limits), session_(questions(expectation_)) {}

ConsoleJudge::Step ConsoleJudge::feed(std::string_view bytes, milliseconds elapsed) {
    elapsed_ = elapsed;
    if (std::ranges::any_of(bytes, is_visible)) last_byte_ = elapsed;
    const auto completed = text_.feed(bytes);
    if (!decision_) look_for_crash(completed, elapsed);
    if (powering_off_) look_for_power_off(completed);
    if (reboot_ == Reboot::asked) look_for_reboot(completed, elapsed);
    Step step;
    if (!decision_ && reboot_ != Reboot::asked && !session_.finished()) {
        step.input = session_.feed(completed, text_.current(), elapsed);
        if (!session_.refusal().empty()) {
            decision_ = {Verdict::failed, session_.refusal()};
            stop_at_ = elapsed;
        }
    }
    if (!decision_ && session_.finished() && !powering_off_) leave(step, elapsed);
    if (!decision_ && !powering_off_) look_at_clock(elapsed);
    step.stop = elapsed >= stop_at_;
    return step;
}

/// All is answered: the system is rebooted where that is asked for, logged in to once more, and powered off.
void ConsoleJudge::leave(Step& step, milliseconds elapsed) {
    if (limits_.reboot && reboot_ == Reboot::not_asked) {
        reboot_ = Reboot::asked;
        reboot_until_ = elapsed + reboot_time;
        answers_ = session_.answers();
        session_ = Session({});
        step.input += "sync; reboot -f\n";
        return;
    }
    powering_off_ = true;
    stop_at_ = elapsed + power_off_time;
    step.input += "sync; poweroff -f\n";
}

void ConsoleJudge::look_for_reboot(const std::vector<std::string>& completed, milliseconds elapsed) {
    const auto starts = [](const std::string& line) {
        return line.find("Linux version ") != std::string::npos;
    };
    if (std::ranges::any_of(completed, starts)) {
        reboot_ = Reboot::seen;
    } else if (elapsed >= reboot_until_) {
        stop_at_ = elapsed;
    }
}

CheckedItem ConsoleJudge::reboot_item(const Ending& ending) const {
    CheckedItem item{.what = "reboot", .expected = "the machine starts again"};
    item.passed = reboot_ == Reboot::seen;
    item.found = ending.how;
    if (item.passed) item.found = "started again";
    if (elapsed_ >= stop_at_ && !item.passed) {
        item.found = fmt::format("no kernel started in {}",
                                 format_duration(static_cast<double>(reboot_time.count()) / 1000));
    }
    return item;
}

void ConsoleJudge::look_for_crash(const std::vector<std::string>& completed, milliseconds elapsed) {
    for (const auto& line : completed) {
        if (const auto verdict = crash_in(line)) {
            decision_ = {*verdict, std::string(trim(line))};
            stop_at_ = elapsed + after_crash;
            return;
        }
    }
}

// kernel/reboot.c. A kernel that has nothing to power the machine off with halts it instead.
void ConsoleJudge::look_for_power_off(const std::vector<std::string>& completed) {
    for (const auto& line : completed) {
        powered_down_ = powered_down_ || line.find("reboot: Power down") != std::string::npos;
        halted_ = halted_ || line.find("reboot: System halted") != std::string::npos;
    }
}

/// Fails where it is sure that the machine did not go off: an emulator may lack what a good kernel writes to,
/// and a root file system the command.
CheckedItem ConsoleJudge::power_off_item(const Ending& ending) const {
    CheckedItem item{.what = "power-off", .expected = "the machine goes off by itself", .passed = true};
    if (ending.by_itself) {
        item.found = "off";
    } else if (halted_) {
        item.found = "halted: nothing in this kernel can power the machine off";
        item.passed = false;
    } else if (elapsed_ < stop_at_) {
        item.found = ending.how;
        item.passed = false;
    } else if (powered_down_) {
        item.found = "not checked: the kernel powered down, the emulator went on";
    } else {
        item.found = fmt::format("not checked: nothing came of it in {}",
                                 format_duration(static_cast<double>(power_off_time.count()) / 1000));
    }
    return item;
}

void ConsoleJudge::look_at_clock(milliseconds elapsed) {
    const auto quiet = elapsed - last_byte_;
    if (elapsed >= limits_.total) {
        decision_ = {
            Verdict::timed_out,
            fmt::format("not through after {}: {}",
                        format_duration(static_cast<double>(elapsed.count()) / 1000), session_.doing())};
    } else if (quiet >= limits_.silence) {
        decision_ = {Verdict::no_output, silence_reason(quiet)};
    }
    if (decision_) stop_at_ = elapsed;
}

std::string ConsoleJudge::silence_reason(milliseconds quiet) const {
    const auto last = std::string(trim(text_.tail(1)));
    const auto duration = format_duration(static_cast<double>(quiet.count()) / 1000);
    if (last.empty()) return fmt::format("not a byte on the console for {}", duration);
    return fmt::format("silent for {}, {}; the last line was: {}", duration, session_.doing(), last);
}

BootReport ConsoleJudge::report(const Ending& ending) const {
    BootReport report{.console_tail = text_.tail(tail_lines)};
    if (decision_) {
        report.verdict = decision_->verdict;
        report.reason = decision_->reason;
        return report;
    }
    const bool reboot_failed = reboot_ == Reboot::asked;
    if (!session_.finished() && !reboot_failed) {
        report.reason = fmt::format("{} while {}", ending.how, session_.doing());
        return report;
    }
    auto findings = evaluate(expectation_, reboot_ == Reboot::not_asked ? session_.answers() : answers_);
    if (!findings.passed()) report.reason = "the running system is not what was built";
    report.items = std::move(findings.items);
    report.mounts = std::move(findings.mounts);
    if (reboot_ != Reboot::not_asked) report.items.push_back(reboot_item(ending));
    if (!reboot_failed) report.items.push_back(power_off_item(ending));
    const auto& last = report.items.back();
    if (report.reason.empty() && !last.passed) report.reason = fmt::format("{}: {}", last.what, last.found);
    report.verdict = report.reason.empty() ? Verdict::passed : Verdict::failed;
    return report;
}

}  // namespace rpikit::emulator
