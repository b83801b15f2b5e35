#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flasher/card/image_source.hpp"
#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// What the command line says of the board's first start.
struct FirstBootOptions {
    std::string hostname;
    std::string user;
    std::vector<std::string> ssh_keys;  ///< files, or the keys themselves
    std::string wifi;

    bool any() const { return !hostname.empty() || !user.empty() || !ssh_keys.empty() || !wifi.empty(); }
};

void add_first_boot_options(CLI::App& app, FirstBootOptions& options);

/// Checks the options and asks for their secrets, which never stand on a command line. Without somebody to
/// ask, a user without a key and a Wi-Fi are errors.
/// \returns the settings file's new content (sdk/archive/settings_slot.hpp); nothing when no option was given
Result<std::optional<std::string>> ask_first_boot(const Context& context, const FirstBootOptions& options,
                                                  bool image_from_input);

}  // namespace rpikit::cli
