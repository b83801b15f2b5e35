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
constexpr milliseconds power_off_time{10000};
constexpr std::size_t tail_lines = 40;

bool is_visible(char c) {
    return static_cast<unsigned char>(c) > ' ';
}

}  // namespace

ConsoleJudge::ConsoleJudge(Expectation expectation, Limits limits)
    : expectation_(std::move(expectation)), limits_(limits), session_(questions(expectation_)) {}

ConsoleJudge::Step ConsoleJudge::feed(std::string_view bytes, milliseconds elapsed) {
    if (std::ranges::any_of(bytes, is_visible)) last_byte_ = elapsed;
    const auto completed = text_.feed(bytes);
    if (!decision_) look_for_crash(completed, elapsed);
    Step step;
    if (!decision_ && !session_.finished()) {
        step.input = session_.feed(completed, text_.current(), elapsed);
        if (!session_.refusal().empty()) {
            decision_ = {Verdict::failed, session_.refusal()};
            stop_at_ = elapsed;
        }
    }
    if (!decision_ && session_.finished() && !powering_off_) {
        powering_off_ = true;
        stop_at_ = elapsed + power_off_time;
        step.input += "sync; poweroff -f\n";
    }
    if (!decision_ && !powering_off_) look_at_clock(elapsed);
    step.stop = elapsed >= stop_at_;
    return step;
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

BootReport ConsoleJudge::report(const std::string& ended) const {
    BootReport report{.console_tail = text_.tail(tail_lines)};
    if (decision_) {
        report.verdict = decision_->verdict;
        report.reason = decision_->reason;
        return report;
    }
    if (!session_.finished()) {
        report.reason = fmt::format("{} while {}", ended, session_.doing());
        return report;
    }
    auto findings = evaluate(expectation_, session_.answers());
    report.verdict = findings.passed() ? Verdict::passed : Verdict::failed;
    if (!findings.passed()) report.reason = "the running system is not what was built";
    report.items = std::move(findings.items);
    report.mounts = std::move(findings.mounts);
    return report;
}

}  // namespace rpikit::emulator
