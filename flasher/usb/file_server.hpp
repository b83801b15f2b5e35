#pragma once

#include <map>
#include <set>
#include <string>

#include "flasher/usb/protocol.hpp"
#include "flasher/usb/served_folder.hpp"

namespace rpikit::usb {

/// What a board asked for, until it said that it is done.
struct Served {
    std::map<std::string, std::string> metadata;  ///< what it told about itself, as it came
    std::map<std::string, std::string> refused;   ///< names it must not have, and why; made printable
    std::set<std::string> missing;                ///< names that are not there; that is normal for many
    unsigned files = 0;                           ///< sent
    std::uint64_t bytes = 0;                      ///< of them
};

/// Answers a board's requests until it is done: file sizes, files, and what it tells about itself in names
/// `*KEY*VALUE`. Names that are refused are answered as missing ones are.
/// \param served filled as far as it came, also when it fails
Result<> serve_files(Transport& board, const ServedFolder& folder, const Timing& timing, const Trace& trace,
                     Served& served);

}  // namespace rpikit::usb
