#include "sdk/host/interrupt.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

using namespace rpikit;
using namespace std::chrono_literals;

namespace {

/// Signals would end the test program: each case runs in a process of its own, without Catch2's handlers. Its
/// wait status.
int in_child(const std::function<int()>& work) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        for (const int number : {SIGINT, SIGTERM, SIGHUP})
            (void)::signal(number, SIG_DFL);
        ::_exit(work());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
}

bool stops_soon(const std::stop_token& token) {
    for (int i = 0; i < 200 && !token.stop_requested(); ++i)
        std::this_thread::sleep_for(10ms);
    return token.stop_requested();
}

}  // namespace

TEST_CASE("the first signal asks the token to stop, and callbacks run") {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        const int status = in_child([&] {
            const host::InterruptHandler handler;
            if (handler.token().stop_requested()) return 1;
            std::atomic<bool> called = false;
            const std::stop_callback callback(handler.token(), [&] { called = true; });
            ::raise(number);
            if (!stops_soon(handler.token())) return 2;
            // The token says so a moment before its callbacks run.
            for (int i = 0; i < 200 && !called; ++i)
                std::this_thread::sleep_for(10ms);
            return called ? 0 : 3;
        });
        CHECK(status == 0);
    }
}

TEST_CASE("the second signal ends the program at once with 130") {
    const int status = in_child([] {
        const host::InterruptHandler handler;
        ::raise(SIGINT);
        ::raise(SIGINT);
        return 0;
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 130);
}

TEST_CASE("a signal that was ignored stays ignored, as nohup wants it") {
    const int status = in_child([] {
        (void)::signal(SIGHUP, SIG_IGN);
        const host::InterruptHandler handler;
        ::raise(SIGHUP);
        ::raise(SIGHUP);
        std::this_thread::sleep_for(50ms);
        return handler.token().stop_requested() ? 1 : 0;
    });
    CHECK(status == 0);
}

TEST_CASE("with the handler gone the signals do what they did before") {
    const int status = in_child([] {
        {
            const host::InterruptHandler handler;
        }
        ::raise(SIGTERM);
        return 0;
    });
    CHECK(WIFSIGNALED(status));
}
