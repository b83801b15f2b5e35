#include "flasher/card/first_boot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "sdk/host/file.hpp"
#include "sdk/support/secrets.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::card {

namespace {

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

std::unexpected<Error> wrong_use(std::string message, std::string cause) {
    return fail({.message = std::move(message), .causes = {std::move(cause)}, .kind = ErrorKind::usage});
}

/// The types of OpenSSH 9 (sshd_config(5), PubkeyAcceptedAlgorithms), without certificates.
constexpr std::array<std::string_view, 7> key_types{"ssh-ed25519",
                                                    "ssh-rsa",
                                                    "ecdsa-sha2-nistp256",
                                                    "ecdsa-sha2-nistp384",
                                                    "ecdsa-sha2-nistp521",
                                                    "sk-ssh-ed25519@openssh.com",
                                                    "sk-ecdsa-sha2-nistp256@openssh.com"};

bool is_public_key(std::string_view line) {
    const auto words = split(line, ' ');
    const auto printable = [](unsigned char c) { return c >= ' ' && c != 0x7f; };
    return words.size() >= 2 && std::ranges::find(key_types, words[0]) != key_types.end() &&
           words[1].starts_with("AAAA") && std::ranges::all_of(line, printable);
}

/// The keys of a text that are no comments.
std::vector<std::string> key_lines(std::string_view text) {
    std::vector<std::string> found;
    for (const auto line : lines(text)) {
        const auto key = trim(line);
        if (!key.empty() && !key.starts_with('#')) found.emplace_back(key);
    }
    return found;
}

std::string hexadecimal(std::string_view bytes) {
    return fmt::format("{:02x}", fmt::join(std::as_bytes(std::span(bytes)), ""));
}

Result<std::string> wifi_lines(const Wifi& wifi) {
    std::string key = "none";
    if (!wifi.passphrase.empty()) {
        TRY_ASSIGN(key, wifi_key(wifi.ssid, wifi.passphrase));
    } else if (wifi.ssid.empty() || wifi.ssid.size() > 32) {
        return wrong_use("the Wi-Fi's name cannot be used", "it must have 1 to 32 bytes");
    }
    // The name in hexadecimal, which wpa_supplicant takes as well: nothing in it needs quotes.
    return fmt::format("wifi-ssid={}\nwifi-key={}\n", hexadecimal(wifi.ssid), key);
}

}  // namespace

bool FirstBoot::empty() const {
    return hostname.empty() && user.empty() && !password && ssh_keys.empty() && !wifi;
}

Result<> check_hostname(const std::string& name) {
    const auto good = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    if (name.empty() || name.size() > 63 || name.front() == '-' || name.back() == '-' ||
        !std::ranges::all_of(name, good)) {
        return wrong_use(fmt::format("'{}' is no host name", printable(name)),
                         "it has 1 to 63 letters, digits and hyphens, none of them at its ends");
    }
    return {};
}

Result<> check_user(const std::string& name) {
    const auto good = [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; };
    if (name.empty() || name.size() > 32 || !is_lower(name.front()) || !std::ranges::all_of(name, good)) {
        return wrong_use(
            fmt::format("'{}' is no account's name", printable(name)),
            "it begins with a lower-case letter and has at most 32 of them, digits, '-' and '_'");
    }
    if (name == "root" || name == "nobody") {
        return wrong_use(fmt::format("the account {} is there already", name),
                         "without --user, keys are those of root");
    }
    return {};
}

Result<std::string> read_ssh_key(const std::string& file_or_key) {
    std::string text = file_or_key;
    if (!is_public_key(trim(file_or_key))) {
        TRY_ASSIGN(text, host::read_file(file_or_key, 64 << 10));
    }
    if (text.contains("PRIVATE KEY")) {
        return fail(
            {.message = fmt::format("{} is a private key, which must not leave this computer", file_or_key),
             .hint = fmt::format("--ssh-key {}", shell_quote(file_or_key + ".pub")),
             .kind = ErrorKind::usage});
    }
    auto keys = key_lines(text);
    if (keys.size() == 1 && is_public_key(keys.front())) return std::move(keys.front());
    return wrong_use(fmt::format("{} is no public key of OpenSSH", printable(file_or_key)),
                     "one line is expected, such as: ssh-ed25519 AAAA... you@computer");
}

Result<std::string> first_boot_lines(const FirstBoot& settings) {
    std::string text;
    if (!settings.hostname.empty()) {
        TRY(check_hostname(settings.hostname));
        text += fmt::format("hostname={}\n", settings.hostname);
    }
    if (!settings.user.empty()) {
        TRY(check_user(settings.user));
        text += fmt::format("user={}\n", settings.user);
    }
    if (settings.password) {
        TRY_ASSIGN(const auto hash, password_hash(*settings.password));
        text += fmt::format("password={}\n", hash);
    }
    for (const auto& key : settings.ssh_keys) {
        if (!is_public_key(key)) return wrong_use("a public key is damaged", printable(key));
        text += fmt::format("ssh-key={}\n", key);
    }
    if (settings.wifi) {
        TRY_ASSIGN(const auto wifi, wifi_lines(*settings.wifi));
        text += wifi;
    }
    return text;
}

}  // namespace rpikit::card
