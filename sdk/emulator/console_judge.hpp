#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/emulator/console_text.hpp"
#include "sdk/emulator/emulator.hpp"
#include "sdk/emulator/session.hpp"

namespace rpikit::emulator {

/// Reads the console of a booting system, says what to type and when it has seen enough, and tells how the
/// boot ended. Fed with bytes and times alone, so that recorded consoles can be judged too.
class ConsoleJudge {
  public:
    struct Limits {
        std::chrono::milliseconds total;    ///< until everything is answered
        std::chrono::milliseconds silence;  ///< without a visible byte
    };

    ConsoleJudge(Expectation expectation, Limits limits);

    struct Step {
        std::string input = {};
        bool stop = false;
    };

    /// \param bytes what the console said since the last call; may be empty
    /// \param elapsed time since the start; never goes back
    Step feed(std::string_view bytes, std::chrono::milliseconds elapsed);

    /// The report without seconds and log. \param ended how the emulator ended, for a boot that was not
    /// through: "QEMU ended with exit code 1"
    BootReport report(const std::string& ended) const;

  private:
    struct Decision {
        Verdict verdict;
        std::string reason;
    };

    void look_for_crash(const std::vector<std::string>& completed, std::chrono::milliseconds elapsed);
    void look_at_clock(std::chrono::milliseconds elapsed);
    std::string silence_reason(std::chrono::milliseconds quiet) const;

    Expectation expectation_;
    Limits limits_;
    ConsoleText text_;
    Session session_;
    std::optional<Decision> decision_;
    std::chrono::milliseconds stop_at_ = std::chrono::milliseconds::max();
    std::chrono::milliseconds last_byte_{};
    bool powering_off_ = false;
};

}  // namespace rpikit::emulator
