#include "sdk/support/secrets.hpp"

#include <crypt.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

namespace rpikit {

Result<std::string> wifi_key(std::string_view ssid, std::string_view passphrase) {
    if (ssid.empty() || ssid.size() > 32) {
        return fail({.message = "the name of a Wi-Fi has 1 to 32 bytes", .kind = ErrorKind::usage});
    }
    if (passphrase.size() < 8 || passphrase.size() > 63 ||
        std::ranges::any_of(passphrase, [](char c) { return c < ' ' || c > '~'; })) {
        return fail({.message = "a Wi-Fi's passphrase has 8 to 63 printable ASCII characters",
                     .kind = ErrorKind::usage});
    }
    std::array<unsigned char, 32> key{};
    const int done =
        PKCS5_PBKDF2_HMAC(passphrase.data(), static_cast<int>(passphrase.size()),
                          reinterpret_cast<const unsigned char*>(ssid.data()), static_cast<int>(ssid.size()),
                          4096, EVP_sha1(), static_cast<int>(key.size()), key.data());
    if (done != 1) return fail({.message = "the Wi-Fi's key could not be derived"});
    return fmt::format("{:02x}", fmt::join(key, ""));
}

Result<std::string> password_hash(const std::string& password) {
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
    if (crypt_gensalt_rn("$6$", 0, nullptr, 0, salt.data(), static_cast<int>(salt.size())) == nullptr) {
        return fail({.message = "no random salt for a password"});
    }
    const auto data = std::make_unique<crypt_data>();
    const char* hash = crypt_r(password.c_str(), salt.data(), data.get());
    if (hash == nullptr || hash[0] == '*') return fail({.message = "the password cannot be hashed"});
    return std::string(hash);
}

}  // namespace rpikit
