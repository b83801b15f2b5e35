#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string_view>

#include "sdk/host/clock.hpp"
#include "sdk/host/environment.hpp"
#include "sdk/host/process.hpp"

namespace rpikit::host {

/// Says how far a piece of work is; `total` 0 when it is not known. Called often; the receiver throttles.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// The machine we run on, as the rooms above get it: one value, made in main or by a test.
struct Host {
    ProcessRunner& processes;
    Clock& clock;
    const Environment& environment;
    std::filesystem::path cache;                 ///< ${XDG_CACHE_HOME:-~/.cache}/rpi-kit
    std::stop_token stop;                        ///< set on Ctrl-C
    std::function<void(std::string_view)> note;  ///< one line of talk for the user, for the log in any case
    std::function<void(std::string_view)> warn;  ///< one line that the user must see
};

}  // namespace rpikit::host
