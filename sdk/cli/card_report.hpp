#pragma once

#include <span>
#include <string>

#include "flasher/card/flash.hpp"
#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// What became of a card, for people: "/dev/sdb  written and verified: 1.2 GiB".
/// \param verify whether it was to be verified
std::string result_line(const card::CardResult& result, bool verify);

/// {"event": "result", "device", "ok", "verified", "written", ...} in one line.
std::string result_event(const card::CardResult& result);

/// Nothing when all cards are whole; otherwise which are not, and why. Of kind `interrupted` when no card has
/// another reason.
Result<> judge_cards(std::span<const card::CardResult> results);

}  // namespace rpikit::cli
