#include "sdk/cli/first_boot_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "flasher/card/first_boot.hpp"
#include "sdk/archive/settings_slot.hpp"
#include "sdk/cli/ask.hpp"

namespace rpikit::cli {

namespace {

/// Asks for a secret, twice when it is a new one: a typing mistake would lock its owner out.
Result<std::string> ask_secret(const Context& context, const std::string& question, bool is_new,
                               bool image_from_input) {
    TRY_ASSIGN(auto secret, ask(context, question + ": ", Echo::off, image_from_input));
    if (!is_new || secret.empty()) return secret;
    TRY_ASSIGN(const auto again, ask(context, "The same again: ", Echo::off, image_from_input));
    if (secret == again) return secret;
    return fail({.message = "the two differ: nothing was written", .kind = ErrorKind::usage});
}

Error nobody_to_ask(const std::string& secret) {
    return {.message = fmt::format("nobody can be asked for {}: there is no terminal", secret),
            .causes = {"a secret on a command line can be read by everybody on the computer"},
            .kind = ErrorKind::usage};
}

Result<> ask_password(const Context& context, card::FirstBoot& settings, bool image_from_input) {
    if (!can_ask(image_from_input)) {
        if (!settings.ssh_keys.empty()) return {};
        auto error = nobody_to_ask(fmt::format("the password of {}", settings.user));
        error.hint = "give a key instead: --ssh-key FILE";
        return fail(std::move(error));
    }
    const auto question = fmt::format("Password for {} on the board (empty: none)", settings.user);
    TRY_ASSIGN(auto password, ask_secret(context, question, true, image_from_input));
    if (!password.empty()) settings.password = std::move(password);
    return {};
}

Result<> ask_wifi(const Context& context, const std::string& ssid, card::FirstBoot& settings,
                  bool image_from_input) {
    if (!can_ask(image_from_input)) return fail(nobody_to_ask(fmt::format("the passphrase of {}", ssid)));
    const auto question = fmt::format("Passphrase of the Wi-Fi {} (empty: it is open)", ssid);
    TRY_ASSIGN(auto passphrase, ask_secret(context, question, false, image_from_input));
    settings.wifi = card::Wifi{.ssid = ssid, .passphrase = std::move(passphrase)};
    return {};
}

}  // namespace

void add_first_boot_options(CLI::App& app, FirstBootOptions& options) {
    const auto group = "First start (of rpi-kit's minimal root file system)";
    app.add_option("--hostname", options.hostname, "The board's name in the network")->group(group);
    app.add_option("--user", options.user, "An account; its password is asked for")->group(group);
    app.add_option("--ssh-key", options.ssh_keys,
                   "A public key of --user, or of root: a file, or the key itself")
        ->type_name("FILE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->group(group);
    app.add_option("--wifi", options.wifi, "A Wi-Fi's name; its passphrase is asked for")
        ->type_name("SSID")
        ->group(group);
}

Result<std::optional<std::string>> ask_first_boot(const Context& context, const FirstBootOptions& options,
                                                  bool image_from_input) {
    if (!options.any()) return std::nullopt;
    card::FirstBoot settings{.hostname = options.hostname, .user = options.user};
    // All that can be wrong without a secret, before somebody types one.
    if (!settings.hostname.empty()) TRY(card::check_hostname(settings.hostname));
    if (!settings.user.empty()) TRY(card::check_user(settings.user));
    for (const auto& given : options.ssh_keys) {
        TRY_ASSIGN(auto key, card::read_ssh_key(given));
        settings.ssh_keys.push_back(std::move(key));
    }
    if (!settings.user.empty()) TRY(ask_password(context, settings, image_from_input));
    if (!options.wifi.empty()) TRY(ask_wifi(context, options.wifi, settings, image_from_input));
    TRY_ASSIGN(const auto lines, card::first_boot_lines(settings));
    TRY_ASSIGN(auto slot, archive::filled_settings_slot(lines));
    return slot;
}

}  // namespace rpikit::cli
