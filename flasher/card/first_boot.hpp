#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::card {

struct Wifi {
    std::string ssid;        ///< 1 to 32 bytes
    std::string passphrase;  ///< empty for an open network
};

/// What a board is told on its way to the card; its own root file system takes it over at the first start
/// (the script etc/init.d/first-boot of sdk/rootfs).
struct FirstBoot {
    std::string hostname;                 ///< empty: as it was built
    std::string user;                     ///< an account of its own; empty: none
    std::optional<std::string> password;  ///< of `user`; without one it cannot log in by password
    std::vector<std::string> ssh_keys;    ///< public keys of `user`, or of root without one
    std::optional<Wifi> wifi;

    bool empty() const;
};

/// A host's name: letters, digits and hyphens, at most 63 (RFC 1123 2.1).
Result<> check_hostname(const std::string& name);

/// An account's name: a lower-case letter, then letters, digits, '-' and '_', at most 32 (useradd(8)).
Result<> check_user(const std::string& name);

/// The one line of a public key file: "ssh-ed25519 AAAA... comment". A private key is an error that says so.
Result<std::string> read_ssh_key(const std::string& file_or_key);

/// The settings as lines `name=value`, secrets as what stands for them. Every value is checked: a line end or
/// a quote in one would become a command on the board.
Result<std::string> first_boot_lines(const FirstBoot& settings);

}  // namespace rpikit::card
