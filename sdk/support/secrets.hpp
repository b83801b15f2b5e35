#pragma once

#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit {

/// What stands for a Wi-Fi's passphrase, so that the passphrase itself is written nowhere: 64 hexadecimal
/// digits of PBKDF2 (RFC 8018) with HMAC-SHA1, 4096 rounds and the network's name as salt, IEEE 802.11 annex
/// J.4.
/// \param ssid at most 32 bytes  \param passphrase 8 to 63 printable ASCII characters; anything else is an
/// error
Result<std::string> wifi_key(std::string_view ssid, std::string_view passphrase);

/// A password as /etc/shadow keeps it: SHA-512 crypt with a random salt, which every libc and busybox checks.
Result<std::string> password_hash(const std::string& password);

}  // namespace rpikit
