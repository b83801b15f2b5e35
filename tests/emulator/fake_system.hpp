#pragma once

#include <map>
#include <string>

namespace rpikit::test {

/// The other end of a console: a system at its login prompt that logs root in and answers commands, echoing
/// what is typed as a terminal does.
class FakeSystem {
  public:
    /// \param answers what a command prints; a command that is missing here is not found
    explicit FakeSystem(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {}

    /// What the console says to typed text.
    std::string type(const std::string& input);

    bool powered_off = false;
    bool password_wanted = false;
    std::string last_words = "[    9.000000] reboot: Power down\r\n";  ///< of the kernel on power-off

    std::string reboot = {};  ///< what it says when it is rebooted, up to its login prompt; empty: it cannot

  private:
    std::string line(const std::string& typed);

    std::map<std::string, std::string> answers_;
    bool logged_in_ = false;
};

/// A healthy system's answers: release 6.12.117-tiny, HZ=250, root on mmcblk0p2, module loop.
std::map<std::string, std::string> healthy_answers();

}  // namespace rpikit::test
