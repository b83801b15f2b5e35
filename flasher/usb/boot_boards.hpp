#pragma once

#include <functional>
#include <string>
#include <vector>

#include "flasher/usb/session.hpp"

namespace rpikit::usb {

/// Which boards are booted; with neither of them exactly one must be there.
struct Selection {
    std::string port = {};    ///< "1-1.2"
    std::string serial = {};  ///< as `usb list` shows it
    bool all = false;         ///< every one, also those that come while others are booted
};

struct BootOptions {
    Selection selection = {};
    std::chrono::milliseconds wait{20'000};  ///< for a board to appear
    Timing timing = {};
    /// A line of talk, and of the protocol's trace, each about one port; called from several threads, one
    /// call at a time.
    std::function<void(std::string_view port, std::string_view line)> note = {};
    std::function<void(std::string_view port, std::string_view line)> trace = {};
};

/// Boots the chosen boards, each in a thread of its own; one that fails does not stop the others.
/// \returns one report a board, sorted by port; an error when there is no board, when there are several and
/// none was chosen, and when it was interrupted before any was found
Result<std::vector<BoardReport>> boot_boards(Bus& bus, const ServedFolder& folder, const BootOptions& options,
                                             const std::stop_token& stop);

}  // namespace rpikit::usb
