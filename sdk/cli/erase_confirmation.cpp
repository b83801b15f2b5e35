#include "sdk/cli/erase_confirmation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "sdk/host/descriptor.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

constexpr int look_at_stop = 100;  // milliseconds between looks whether Ctrl-C came
constexpr std::size_t longest_answer = 4096;

Error interrupted() {
    return {.message = "interrupted: nothing was written", .kind = ErrorKind::interrupted};
}

/// A line, without its end; what comes before the line is complete at the input's end counts for nothing.
Result<std::string> read_line(int terminal, const std::stop_token& stop) {
    std::string line;
    while (line.size() < longest_answer) {
        if (stop.stop_requested()) return fail(interrupted());
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

Result<> confirm_erase(const Context& context, std::span<const device::Disk> disks, bool image_from_input) {
    const host::Descriptor opened(image_from_input ? ::open("/dev/tty", O_RDONLY | O_CLOEXEC) : -1);
    const int terminal = image_from_input ? opened.get() : STDIN_FILENO;
    for (const auto& disk : disks) {
        // What was typed before the question is no answer to it.
        ::tcflush(terminal, TCIFLUSH);
        context.screen.write(fmt::format("All data on {} will be lost. Type its name ({}) to go on: ",
                                         disk.whole.path.string(), disk.whole.name));
        TRY_ASSIGN(const auto line, read_line(terminal, context.host.stop));
        const auto answer = trim(line);
        if (answer != disk.whole.name && answer != disk.whole.path.string()) {
            return fail({.message = "nothing was written",
                         .causes = {fmt::format("{} was not confirmed", disk.whole.path.string())},
                         .hint = "rpi-kit devices"});
        }
    }
    return {};
}

}  // namespace rpikit::cli
