#pragma once

#include <optional>
#include <string_view>

#include "sdk/emulator/emulator.hpp"

namespace rpikit::emulator {

/// What a line of the kernel's says about its death, if it does: panic, oops, external_abort.
std::optional<Verdict> crash_in(std::string_view line);

}  // namespace rpikit::emulator
