#include "sdk/host/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace rpikit::host {

namespace {

bool is_set(const Environment& environment, const char* name) {
    return !environment.get(name).value_or("").empty();
}

}  // namespace

FileTerminal::FileTerminal(int descriptor, const Environment& environment) : descriptor_(descriptor) {
    const std::string kind = environment.get("TERM").value_or("dumb");
    interactive_ = ::isatty(descriptor) == 1 && kind != "dumb" && !is_set(environment, "CI");
    colour_ = interactive_ && !is_set(environment, "NO_COLOR");
}

void FileTerminal::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor_, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            pollfd waiting{.fd = descriptor_, .events = POLLOUT, .revents = 0};
            ::poll(&waiting, 1, -1);
        } else if (errno != EINTR) {
            return;  // nobody is left to tell
        }
    }
}

int FileTerminal::columns() const {
    winsize size{};
    const bool known = ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

}  // namespace rpikit::host
