#pragma once

#include <memory>
#include <stop_token>

namespace rpikit::host {

/// From construction on the first SIGINT, SIGTERM or SIGHUP asks the stop token to stop; the second one ends
/// the program at once with 130. One object a process.
class InterruptHandler {
  public:
    InterruptHandler();
    ~InterruptHandler();
    InterruptHandler(const InterruptHandler&) = delete;
    InterruptHandler& operator=(const InterruptHandler&) = delete;

    std::stop_token token() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// From now on the first signal ends the program at once with 130: for what only reads.
void end_by_signals();

}  // namespace rpikit::host
