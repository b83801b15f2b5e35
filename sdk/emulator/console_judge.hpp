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
        bool reboot = false;                ///< the system is rebooted too, before it is powered off
    };

    ConsoleJudge(Expectation expectation, Limits limits);

    struct Step {
        std::string input = {};
        bool stop = false;
    };

    /// \param bytes what the console said since the last call; may be empty
    /// \param elapsed time since the start; never goes back
    Step feed(std::string_view bytes, std::chrono::milliseconds elapsed);

    struct Ending {
        std::string how = {};    ///< of the emulator: "QEMU ended with exit code 1"
        bool by_itself = false;  ///< without failure, and nobody stopped it
    };

    /// The report without seconds and log.
    BootReport report(const Ending& ending) const;

  private:
    struct Decision {
        Verdict verdict;
        std::string reason;
    };

    void look_for_crash(const std::vector<std::string>& completed, std::chrono::milliseconds elapsed);
    void look_at_clock(std::chrono::milliseconds elapsed);
    void leave(Step& step, std::chrono::milliseconds elapsed);
    void look_for_reboot(const std::vector<std::string>& completed, std::chrono::milliseconds elapsed);
    CheckedItem reboot_item(const Ending& ending) const;
    void look_for_power_off(const std::vector<std::string>& completed);
    CheckedItem power_off_item(const Ending& ending) const;
    std::string silence_reason(std::chrono::milliseconds quiet) const;

    Expectation expectation_;
    Limits limits_;
    ConsoleText text_;
    Session session_;
    std::optional<Decision> decision_;
    std::chrono::milliseconds stop_at_ = std::chrono::milliseconds::max();
    std::chrono::milliseconds last_byte_{};
    std::chrono::milliseconds elapsed_{};  ///< at the last step
    enum class Reboot { not_asked, asked, seen };
    Reboot reboot_ = Reboot::not_asked;
    std::chrono::milliseconds reboot_until_{};
    std::vector<std::string> answers_;  ///< of the session before the reboot
    bool powering_off_ = false;
    bool powered_down_ = false;  ///< the kernel says so
    bool halted_ = false;        ///< the kernel says so
};

}  // namespace rpikit::emulator
