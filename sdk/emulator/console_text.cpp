#include "sdk/emulator/console_text.hpp"

#include <algorithm>
#include <utility>

namespace rpikit::emulator {
namespace {

constexpr std::size_t kept_lines = 200;
// A line without end (a broken console, a progress bar) is cut here, so that memory stays bounded.
constexpr std::size_t longest_line = 16384;

}  // namespace

std::vector<std::string> ConsoleText::feed(std::string_view bytes) {
    std::vector<std::string> completed;
    for (const char c : bytes) {
        if (escape_ == Escape::started) {
            escape_ = c == '[' ? Escape::sequence : Escape::none;
        } else if (escape_ == Escape::sequence) {
            if (c >= '@' && c <= '~') escape_ = Escape::none;
        } else if (c == '\x1b') {
            escape_ = Escape::started;
        } else if (c == '\n' || current_.size() == longest_line) {
            completed.push_back(current_);
            keep(std::exchange(current_, {}));
        } else if (c != '\r' && c != '\0') {
            current_ += c;
        }
    }
    return completed;
}

void ConsoleText::keep(std::string line) {
    if (recent_.size() == kept_lines) recent_.erase(recent_.begin());
    recent_.push_back(std::move(line));
}

std::string ConsoleText::tail(std::size_t count) const {
    const bool unfinished = !current_.empty();
    const std::size_t complete = std::min(recent_.size(), count - (unfinished && count > 0 ? 1 : 0));
    std::string text;
    for (std::size_t i = recent_.size() - complete; i < recent_.size(); ++i)
        text += recent_[i] + "\n";
    if (unfinished) text += current_ + "\n";
    return text;
}

}  // namespace rpikit::emulator
