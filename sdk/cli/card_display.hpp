#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "flasher/card/flash.hpp"
#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// How far the cards are: on a terminal a line a card, with a bar where there is room, redrawn; elsewhere a
/// plain line at each phase's start and at every tenth of it; as JSON a line an event. One call at a time.
class CardDisplay {
  public:
    CardDisplay(const Context& context, std::vector<std::string> names);

    void update(const card::CardProgress& progress);
    /// Leaves the last state on the screen.
    void finish();

  private:
    using Time = std::chrono::steady_clock::time_point;
    struct Card {
        std::string name;
        card::CardProgress progress;
        Time started;
        Time phase_started;
        Time told;
        std::uint64_t tenths = 0;
        bool begun = false;
    };

    void redraw();
    void plain(Card& card, bool new_phase);
    void json(Card& card, bool new_phase);
    /// \param columns what a bar may make it as wide as
    std::string line(const Card& card, std::size_t columns) const;
    std::string numbers(const Card& card, std::size_t room_for_bar) const;
    double bytes_per_second(const Card& card) const;

    const Context* context_;
    std::vector<Card> cards_;
    std::size_t name_width_ = 0;
    Time drawn_{};
    bool shown_ = false;  ///< lines are on the screen
};

std::string_view to_string(card::Phase phase);

}  // namespace rpikit::cli
