#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rpikit::emulator {

/// A serial console's bytes as readable lines: terminal control sequences (ECMA-48 CSI and two-byte escapes),
/// carriage returns and NULs are dropped, wherever the pieces are cut.
class ConsoleText {
  public:
    /// Takes the next bytes; returns the lines that they completed.
    std::vector<std::string> feed(std::string_view bytes);

    /// The line that has no end yet, such as a prompt.
    const std::string& current() const { return current_; }

    /// The last lines, the unfinished one included.
    std::string tail(std::size_t count) const;

  private:
    enum class Escape { none, started, sequence };
    void keep(std::string line);

    std::string current_;
    std::vector<std::string> recent_;  ///< the last complete lines
    Escape escape_ = Escape::none;
};

}  // namespace rpikit::emulator
