#include "tests/support/pty.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace rpikit::test {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

[[noreturn]] void become(std::vector<std::string> argv, const PtyOptions& options) {
    auto entries = options.environment.entries();
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
    ::execve(argv.front().c_str(), pointers(argv).data(), pointers(entries).data());
    ::_exit(127);
}

void write_input(int terminal, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(terminal, text.data(), text.size());
        if (count <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

/// Reads until the terminal hangs up or `until` passes; false when time ran out.
bool read_all(int terminal, const PtyOptions& options, std::string& output) {
    const auto until = std::chrono::steady_clock::now() + options.time_limit;
    char buffer[4096];
    while (std::chrono::steady_clock::now() < until) {
        pollfd waiting{.fd = terminal, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, 50) <= 0) continue;
        const ssize_t count = ::read(terminal, buffer, sizeof buffer);
        if (count <= 0) return true;  // EIO: no process has the terminal open any more
        output.append(buffer, static_cast<std::size_t>(count));
        if (options.type) write_input(terminal, options.type(output));
    }
    return false;
}

/// A screen of lines without an end on either side.
class Screen {
  public:
    void put(char c);
    void escape(char final, int number);
    std::string text() const;

  private:
    std::string& line() {
        if (row_ >= lines_.size()) lines_.resize(row_ + 1);
        return lines_[row_];
    }
    std::vector<std::string> lines_;
    std::size_t row_ = 0;
    std::size_t column_ = 0;
};

void Screen::put(char c) {
    if (c == '\r') {
        column_ = 0;
    } else if (c == '\n') {
        ++row_;
    } else if (c == '\b') {
        column_ -= std::min<std::size_t>(column_, 1);
    } else {
        std::string& current = line();
        // Continuation bytes of UTF-8 count as columns here; a redrawn line begins at column 0 anyway.
        if (current.size() <= column_) current.resize(column_ + 1, ' ');
        current[column_++] = c;
    }
}

/// The control sequences of ECMA-48 that a progress display uses.
void Screen::escape(char final, int number) {
    const auto count = static_cast<std::size_t>(std::max(number, 1));
    if (final == 'A') row_ -= std::min(row_, count);
    if (final == 'B') row_ += count;
    if (final == 'C') column_ += count;
    if (final == 'D') column_ -= std::min(column_, count);
    if (final == 'G') column_ = count - 1;
    if (final == 'K' && number <= 0) line().resize(std::min(line().size(), column_));
    if (final == 'K' && number == 2) line().clear();
}

std::string Screen::text() const {
    std::string all;
    for (const auto& line : lines_)
        all += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    return all;
}

}  // namespace

PtyRun run_in_pty(const std::vector<std::string>& argv, const PtyOptions& options) {
    winsize size{};
    size.ws_col = static_cast<unsigned short>(options.columns);
    size.ws_row = static_cast<unsigned short>(options.rows);
    int terminal = -1;
    const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (pid < 0) throw std::runtime_error("forkpty failed");
    if (pid == 0) become(argv, options);

    PtyRun run;
    if (!read_all(terminal, options, run.output)) ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ::close(terminal);
    if (WIFSIGNALED(status)) run.signal = WTERMSIG(status);
    if (WIFEXITED(status)) run.code = WEXITSTATUS(status);
    return run;
}

std::string visible(std::string_view output) {
    Screen screen;
    for (std::size_t i = 0; i < output.size(); ++i) {
        if (output[i] != '\x1b' || i + 1 >= output.size() || output[i + 1] != '[') {
            screen.put(output[i]);
            continue;
        }
        int number = 0;
        for (i += 2; i < output.size() && (output[i] < '@' || output[i] > '~'); ++i) {
            if (output[i] >= '0' && output[i] <= '9') number = number * 10 + (output[i] - '0');
        }
        if (i < output.size()) screen.escape(output[i], number);
    }
    return screen.text();
}

}  // namespace rpikit::test
