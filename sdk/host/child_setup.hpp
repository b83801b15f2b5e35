#pragma once

#include <termios.h>

#include <csignal>

namespace rpikit::host {

/// What is arranged in a child between fork and exec. `apply` makes async-signal-safe calls only.
struct ChildSetup {
    const char* directory = nullptr;
    int input = -1;   ///< becomes stdin; -1: stays
    int output = -1;  ///< becomes stdout and stderr; -1: they stay
    bool own_group = true;

    /// False with errno set when the child cannot go on.
    bool apply() const;
};

/// Holds SIGPIPE back from this thread: a child that closes its stdin must not kill us.
class SigpipeBlock {
  public:
    SigpipeBlock();
    SigpipeBlock(const SigpipeBlock&) = delete;
    SigpipeBlock& operator=(const SigpipeBlock&) = delete;
    ~SigpipeBlock();

  private:
    sigset_t pipe_signal_{};
    sigset_t previous_{};
};

/// Puts the terminal back as it was: an interactive child that was killed may leave it raw.
class TerminalMode {
  public:
    explicit TerminalMode(bool wanted);
    TerminalMode(const TerminalMode&) = delete;
    TerminalMode& operator=(const TerminalMode&) = delete;
    ~TerminalMode();

  private:
    termios mode_{};
    bool saved_;
};

}  // namespace rpikit::host
