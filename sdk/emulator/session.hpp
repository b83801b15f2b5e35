#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::emulator {

/// A conversation over a console: waits for a login prompt or a shell, logs in as root without a password,
/// asks its questions one after the other and collects the answers. It sees lines and gives back what to
/// type; it knows no process and no clock.
class Session {
  public:
    /// \param questions shell commands, one line each
    explicit Session(std::vector<std::string> questions) : questions_(std::move(questions)) {}

    /// \param completed lines that came to their end
    /// \param current the unfinished line, such as a prompt
    /// \param elapsed time since the start
    /// \return what to type
    std::string feed(const std::vector<std::string>& completed, const std::string& current,
                     std::chrono::milliseconds elapsed);

    /// All questions are answered.
    bool finished() const { return state_ == State::asking && answers_.size() == questions_.size(); }

    /// Nobody can log in; why.
    const std::string& refusal() const { return refusal_; }

    /// One for each question that was answered: the lines between its marks.
    const std::vector<std::string>& answers() const { return answers_; }

    /// For a message when time is up: "waiting for a login prompt", "waiting for the answer to: uname -r".
    std::string doing() const;

  private:
    enum class State { booting, logging_in, asking };

    bool is_prompt(std::string_view line, std::chrono::milliseconds elapsed) const;
    bool may_nudge() const;
    std::string react_to_prompt(std::string_view line);
    std::string start_asking();
    std::string ask();
    std::string take_answer(const std::string& line);

    std::vector<std::string> questions_;
    std::vector<std::string> answers_;
    State state_ = State::booting;
    std::string refusal_;
    std::string answer_;  ///< of the question asked now, as far as it came
    bool answering_ = false;
    bool kernel_runs_ = false;
    bool replied_ = false;  ///< to the unfinished line
    std::string current_;   ///< the unfinished line as it was last seen
    std::chrono::milliseconds last_change_{};
};

}  // namespace rpikit::emulator
