#include "sdk/cli/ask.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "sdk/host/descriptor.hpp"

namespace rpikit::cli {

namespace {

constexpr int look_at_stop = 100;  // milliseconds between looks whether Ctrl-C came
constexpr std::size_t longest_answer = 4096;

/// A terminal that does not show what is typed, until the object ends.
class Silence {
  public:
    explicit Silence(int terminal) : terminal_(terminal), silent_(::tcgetattr(terminal, &before_) == 0) {
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (silent_) ::tcsetattr(terminal_, TCSANOW, &silent);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() {
        if (silent_) ::tcsetattr(terminal_, TCSANOW, &before_);
    }

  private:
    int terminal_;
    termios before_{};
    bool silent_;
};

/// A line, without its end; what comes before the line is complete at the input's end counts for nothing.
Result<std::string> read_line(int terminal, const std::stop_token& stop) {
    std::string line;
    while (line.size() < longest_answer) {
        if (stop.stop_requested()) {
            return fail({.message = "interrupted: nothing was written", .kind = ErrorKind::interrupted});
        }
        pollfd waiting{.fd = terminal, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, look_at_stop) <= 0) continue;
        char c = 0;
        if (::read(terminal, &c, 1) <= 0) break;
        if (c == '\n') return line;
        line += c;
    }
    return std::string();
}

}  // namespace

bool can_ask(bool image_from_input) {
    if (::isatty(STDERR_FILENO) != 1) return false;
    if (!image_from_input) return ::isatty(STDIN_FILENO) == 1;
    return host::Descriptor(::open("/dev/tty", O_RDONLY | O_CLOEXEC)).valid();
}

Result<std::string> ask(const Context& context, std::string_view question, Echo echo, bool image_from_input) {
    const host::Descriptor opened(image_from_input ? ::open("/dev/tty", O_RDONLY | O_CLOEXEC) : -1);
    const int terminal = image_from_input ? opened.get() : STDIN_FILENO;
    std::optional<Silence> silence;
    if (echo == Echo::off) silence.emplace(terminal);
    // What was typed before the question is no answer to it.
    ::tcflush(terminal, TCIFLUSH);
    context.screen.write(question);
    auto line = read_line(terminal, context.host.stop);
    if (echo == Echo::off) context.screen.write("\n");
    return line;
}

}  // namespace rpikit::cli
