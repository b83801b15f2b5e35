#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/host/clock.hpp"
#include "sdk/host/environment.hpp"

namespace rpikit::host {

/// The seam for the screen: stderr in the program, a recorder in tests.
class Terminal {
  public:
    virtual ~Terminal() = default;
    virtual void write(std::string_view text) = 0;
    virtual bool interactive() const = 0;  ///< lines may be redrawn
    virtual bool colour() const = 0;
    virtual int columns() const = 0;
};

/// A file descriptor as terminal. NO_COLOR, CI and TERM=dumb are honoured, decided here once.
class FileTerminal final : public Terminal {
  public:
    FileTerminal(int descriptor, const Environment& environment);
    void write(std::string_view text) override;
    bool interactive() const override { return interactive_; }
    bool colour() const override { return colour_; }
    int columns() const override;

  private:
    int descriptor_;
    bool interactive_;
    bool colour_;
};

/// One line a stage: "[3/9] configure   0.4 s". While a stage works, a bar with count and ETA is redrawn on
/// a terminal; elsewhere a plain line is written at start and end, and for long work at every tenth.
class StageDisplay {
  public:
    StageDisplay(Terminal& terminal, Clock& clock) : terminal_(&terminal), clock_(&clock) {}

    void begin(std::size_t number, std::size_t count, std::string title);
    /// Called as often as the caller likes. A total of a million or more is shown as bytes: nothing else is
    /// that many.
    void progress(std::uint64_t done, std::uint64_t total);
    /// Ends the stage's line. \param result what to say behind the time: "6.12.117", "up to date"
    void end(std::string_view result);
    void fail();
    /// A line of talk that does not disturb the bar; control characters in it appear as \xNN.
    void line(std::string_view text);

  private:
    using Time = std::chrono::steady_clock::time_point;

    void redraw();
    void clear();
    void finish(std::string_view result);
    void write_tenth();
    std::string heading() const;
    std::string bar_line() const;
    std::string count_text() const;
    std::string eta_text() const;

    Terminal* terminal_;
    Clock* clock_;
    std::string title_;
    std::size_t number_ = 0;
    std::size_t count_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    Time started_;        ///< of the stage
    Time phase_started_;  ///< of the work that done_ and total_ speak of: a stage may download, then unpack
    Time drawn_;
    int tenths_ = 0;  ///< told in plain lines
    bool running_ = false;
    bool shown_ = false;  ///< the bar is on the screen
};

}  // namespace rpikit::host
