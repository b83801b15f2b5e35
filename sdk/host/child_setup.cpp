#include "sdk/host/child_setup.hpp"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace rpikit::host {

bool ChildSetup::apply() const {
    // Boost's launcher ends a child that cannot exec by exit(): nothing of the parent may be flushed there
    // twice.
    std::atexit([] { ::_exit(127); });
    sigset_t none;
    sigemptyset(&none);
    if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) return false;
    // If we die by kill -9, no child may go on writing where the next run works. make passes SIGTERM on.
    if (own_group && (::setpgid(0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)) return false;
    if (directory != nullptr && ::chdir(directory) != 0) return false;
    if (input >= 0 && ::dup2(input, STDIN_FILENO) < 0) return false;
    if (output >= 0 && (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0)) return false;
    // Boost before 1.85 lets children inherit every descriptor; a grandchild would then hold our pipes open.
    return ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

SigpipeBlock::SigpipeBlock() {
    sigemptyset(&pipe_signal_);
    sigaddset(&pipe_signal_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal_, &previous_);
}

SigpipeBlock::~SigpipeBlock() {
    const timespec at_once{};
    if (sigismember(&previous_, SIGPIPE) == 0) {
        while (::sigtimedwait(&pipe_signal_, nullptr, &at_once) > 0) {
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

TerminalMode::TerminalMode(bool wanted) : saved_(wanted && ::tcgetattr(STDIN_FILENO, &mode_) == 0) {}

TerminalMode::~TerminalMode() {
    if (saved_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &mode_);
}

}  // namespace rpikit::host
