#include <fmt/format.h>

#include <algorithm>

#include "sdk/host/terminal.hpp"
#include "sdk/support/printable.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

constexpr auto redraw_interval = 100ms;
/// Below this a stage in plain lines says nothing between start and end, and nothing is known of its speed.
constexpr auto long_work = 10s;
constexpr auto eta_known_after = 2s;
/// The results of all stages begin in one column.
constexpr std::size_t title_width = 18;
constexpr std::size_t longest_bar = 30;
constexpr std::size_t shortest_bar = 8;
constexpr std::uint64_t surely_bytes = 1'000'000;

constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view plain = "\x1b[0m";

}  // namespace

void StageDisplay::begin(std::size_t number, std::size_t count, std::string title) {
    number_ = number;
    count_ = count;
    title_ = std::move(title);
    done_ = total_ = 0;
    tenths_ = 0;
    started_ = phase_started_ = clock_->now();
    running_ = true;
    if (terminal_->interactive()) {
        redraw();
    } else {
        terminal_->write(heading() + '\n');
    }
}

void StageDisplay::progress(std::uint64_t done, std::uint64_t total) {
    if (!running_) return;
    const auto now = clock_->now();
    if (done < done_ || (total != total_ && total_ != 0)) {
        phase_started_ = now;
        tenths_ = 0;
    }
    done_ = done;
    total_ = total;
    if (!terminal_->interactive()) return write_tenth();
    const bool complete = total > 0 && done >= total;
    if (now - drawn_ >= redraw_interval || complete) redraw();
}

void StageDisplay::end(std::string_view result) {
    finish(result);
}

void StageDisplay::fail() {
    finish(terminal_->colour() ? fmt::format("{}failed{}", red, plain) : "failed");
}

void StageDisplay::line(std::string_view text) {
    clear();
    terminal_->write(printable_lines(text) + '\n');
    if (running_ && terminal_->interactive()) redraw();
}

void StageDisplay::finish(std::string_view result) {
    if (!running_) return;
    running_ = false;
    clear();
    const auto time = format_duration(Seconds(clock_->now() - started_).count());
    const std::string text = fmt::format("{:<{}}  {:>10}  {}", heading(), title_width + 6, time, result);
    terminal_->write(std::string(trim(text)) + '\n');
}

/// "[ 3/12] configure": numbers of one width, so that titles stand below each other.
std::string StageDisplay::heading() const {
    const auto width = std::to_string(count_).size();
    return fmt::format("[{:>{}}/{}] {}", number_, width, count_, title_);
}

std::string StageDisplay::count_text() const {
    const bool bytes = std::max(done_, total_) >= surely_bytes;
    const auto show = [&](std::uint64_t number) {
        return bytes ? format_size(number) : std::to_string(number);
    };
    return total_ == 0 ? show(done_) : fmt::format("{}/{}", show(done_), show(total_));
}

std::string StageDisplay::eta_text() const {
    const auto elapsed = clock_->now() - phase_started_;
    if (elapsed < eta_known_after || done_ == 0 || done_ >= total_) return {};
    const double left =
        Seconds(elapsed).count() * static_cast<double>(total_ - done_) / static_cast<double>(done_);
    return "  ETA " + format_duration(left);
}

std::string StageDisplay::bar_line() const {
    const auto columns = static_cast<std::size_t>(std::max(terminal_->columns() - 1, 1));
    std::string line = fmt::format("{:<{}}", heading(), title_width + 6);
    if (total_ == 0) {
        if (done_ > 0) line += "  " + count_text();
        return line.substr(0, columns);
    }
    const std::uint64_t done = std::min(done_, total_);
    const double share = static_cast<double>(done) / static_cast<double>(total_);
    const std::string after =
        fmt::format("{:>3}%  {}{}", static_cast<int>(share * 100), count_text(), eta_text());
    const std::size_t used = line.size() + after.size() + 6;  // two blanks, brackets, two blanks
    if (columns >= used + shortest_bar) {
        const std::size_t width = std::min(columns - used, longest_bar);
        const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
        line += fmt::format("  [{}{}]", std::string(filled, '#'), std::string(width - filled, '-'));
    }
    line += "  " + after;
    return line.substr(0, columns);
}

void StageDisplay::redraw() {
    terminal_->write('\r' + bar_line() + "\x1b[K");
    shown_ = true;
    drawn_ = clock_->now();
}

void StageDisplay::clear() {
    if (shown_) terminal_->write("\r\x1b[K");
    shown_ = false;
}

void StageDisplay::write_tenth() {
    if (total_ == 0 || done_ >= total_ || clock_->now() - started_ < long_work) return;
    const double share = static_cast<double>(done_) / static_cast<double>(total_);
    const auto tenths = static_cast<int>(share * 10);
    if (tenths <= tenths_) return;
    tenths_ = tenths;
    terminal_->write(
        fmt::format("{}  {}%  {}{}\n", heading(), static_cast<int>(share * 100), count_text(), eta_text()));
}

}  // namespace rpikit::host
