#include "sdk/emulator/session.hpp"

#include <fmt/format.h>

#include <utility>

#include "sdk/support/text.hpp"

namespace rpikit::emulator {
namespace {

using std::chrono::milliseconds;

// A prompt that a kernel message ran over is drawn again after a newline, a question that got lost is asked
// again.
constexpr milliseconds nudge_after{5000};

// How long what looks like a shell's prompt must stand before the kernel was heard: a boot loader's
// "## Flattened Device Tree blob" may have come as far as "## ", and what is typed then fills the serial port
// before the kernel has a driver for it, which may never hear of it.
constexpr milliseconds prompt_stands{2000};

// The shell computes the marks, so that the echo of what was typed is never taken for one.
constexpr int first_mark = 1000;

std::string begin_mark(std::size_t question) {
    return fmt::format("rpi-kit-begin-{}", first_mark + question);
}

std::string end_mark(std::size_t question) {
    return fmt::format("rpi-kit-end-{}", first_mark + question);
}

bool asks_for_name(std::string_view line) {
    return line.find("login:") != std::string_view::npos &&
           line.find("Last login:") == std::string_view::npos;
}

/// "[    0.000000] Linux version ...": the boot loader has done its work.
bool is_kernel_message(std::string_view line) {
    const auto end = line.find(']');
    return line.starts_with('[') && end != std::string_view::npos && end > 1 &&
           line.substr(1, end - 1).find_first_not_of(" .0123456789") == std::string_view::npos;
}

bool is_shell_prompt(std::string_view line) {
    return line.ends_with("# ") || line.ends_with("$ ");
}

}  // namespace

std::string Session::feed(const std::vector<std::string>& completed, const std::string& current,
                          milliseconds elapsed) {
    std::string input;
    if (std::exchange(current_, current) != current) last_change_ = elapsed;
    for (const auto& line : completed) {
        kernel_runs_ = kernel_runs_ || is_kernel_message(line);
        if (state_ == State::asking) {
            input += take_answer(line);
        } else {
            input += react_to_prompt(line);
        }
        replied_ = false;
    }
    if (!replied_ && state_ != State::asking) {
        // A prompt that comes again: the name got lost, as when getty flushes what was typed too early.
        if (asks_for_name(current)) state_ = State::booting;
        input += is_prompt(current, elapsed) ? start_asking() : react_to_prompt(current);
        replied_ = !input.empty();
    }
    if (!input.empty() || !completed.empty()) {
        last_change_ = elapsed;
    } else if (may_nudge() && elapsed - last_change_ >= nudge_after) {
        last_change_ = elapsed;
        input = state_ == State::asking ? "\n" + ask() : "\n";
    }
    return input;
}

bool Session::is_prompt(std::string_view line, milliseconds elapsed) const {
    if (!is_shell_prompt(line) || is_kernel_message(line)) return false;
    return kernel_runs_ || state_ != State::booting || elapsed - last_change_ >= prompt_stands;
}

bool Session::may_nudge() const {
    // A boot loader would take a key as the wish to stop it.
    return (kernel_runs_ || state_ != State::booting) && !answering_ && !finished();
}

std::string Session::react_to_prompt(std::string_view line) {
    if (state_ == State::booting && asks_for_name(line)) {
        state_ = State::logging_in;
        return "root\n";
    }
    if (state_ == State::booting && line.find("Please press Enter") != std::string_view::npos) return "\n";
    if (state_ == State::logging_in && line.ends_with("assword: ")) return "\n";
    if (state_ == State::logging_in && line.find("ogin incorrect") != std::string_view::npos) {
        refusal_ = "root cannot log in without a password";
    }
    return {};
}

std::string Session::start_asking() {
    state_ = State::asking;
    return questions_.empty() ? std::string() : ask();
}

std::string Session::ask() {
    const auto number = answers_.size();
    const auto mark = [&](std::string_view name) {
        return fmt::format("echo rpi-kit-{}-$(({}+{}))", name, first_mark, number);
    };
    return fmt::format("{}; {}; {}\n", mark("begin"), questions_[number], mark("end"));
}

std::string Session::take_answer(const std::string& line) {
    if (finished()) return {};
    const auto text = trim(line);
    const auto end = end_mark(answers_.size());
    if (text == begin_mark(answers_.size())) {
        answering_ = true;
        answer_.clear();
    } else if (answering_ && text.ends_with(end)) {
        // Output without a last newline stands before the mark.
        answer_ += text.substr(0, text.size() - end.size());
        answers_.push_back(std::exchange(answer_, {}));
        answering_ = false;
        if (!finished()) return ask();
    } else if (answering_) {
        answer_ += line + "\n";
    }
    return {};
}

std::string Session::doing() const {
    if (state_ == State::booting) return "waiting for a login prompt";
    if (state_ == State::logging_in) return "waiting for a shell after logging in as root";
    if (finished()) return "waiting for the end";
    return "waiting for the answer to: " + questions_[answers_.size()];
}

}  // namespace rpikit::emulator
