#include "sdk/host/interrupt.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <thread>

namespace rpikit::host {

namespace {

constexpr std::array<int, 3> handled_signals = {SIGINT, SIGTERM, SIGHUP};

/// What the signal handler touches: a handler has no argument of ours.
std::atomic<int> wake_descriptor = -1;
std::atomic<bool> interrupted = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void wake() {
    const int saved = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_descriptor, &one, sizeof one);
    errno = saved;
}

extern "C" void on_signal(int) {
    if (interrupted.exchange(true)) ::_exit(130);
    wake();
}

}  // namespace

/// Stop callbacks take locks, which a signal handler must not: a thread of its own asks the token to stop.
struct InterruptHandler::State {
    std::stop_source source;
    std::array<struct sigaction, handled_signals.size()> previous{};
    std::jthread waiter;
};

InterruptHandler::InterruptHandler() : state_(std::make_unique<State>()) {
    interrupted = false;
    wake_descriptor = ::eventfd(0, EFD_CLOEXEC);
    state_->waiter = std::jthread([state = state_.get()] {
        std::uint64_t count = 0;
        while (::read(wake_descriptor, &count, sizeof count) < 0 && errno == EINTR) {
        }
        if (interrupted) state->source.request_stop();
    });
    for (std::size_t i = 0; i < handled_signals.size(); ++i) {
        struct sigaction action{};
        action.sa_handler = on_signal;
        action.sa_flags = SA_RESTART;
        ::sigaction(handled_signals[i], nullptr, &state_->previous[i]);
        // nohup and shells in the background have some of them ignored; that stays.
        if (state_->previous[i].sa_handler != SIG_IGN) ::sigaction(handled_signals[i], &action, nullptr);
    }
}

InterruptHandler::~InterruptHandler() {
    for (std::size_t i = 0; i < handled_signals.size(); ++i)
        ::sigaction(handled_signals[i], &state_->previous[i], nullptr);
    wake();
    state_->waiter.join();
    ::close(wake_descriptor.exchange(-1));
}

void end_by_signals() {
    interrupted = true;
}

std::stop_token InterruptHandler::token() const {
    return state_->source.get_token();
}

}  // namespace rpikit::host
