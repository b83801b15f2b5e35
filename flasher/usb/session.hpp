#pragma once

#include <optional>
#include <string>

#include "flasher/usb/file_server.hpp"

namespace rpikit::usb {

/// What became of one board.
struct BoardReport {
    std::string port;
    std::string serial = {};
    std::optional<Error> failure = {};  ///< nothing: it has all that it asked for
    Served served = {};
};

/// The second stage that a folder has for the board at `port`. An error that says where it comes from when
/// there is none.
Result<std::string> read_second_stage(const ServedFolder& folder, const std::string& port);

/// Boots one board: gives its ROM the second stage, waits for it to come back on the same port, and serves
/// files until it is done.
BoardReport boot_board(Bus& bus, const BoardFacts& board, const ServedFolder& folder, const Timing& timing,
                       const Trace& trace, const std::stop_token& stop);

}  // namespace rpikit::usb
