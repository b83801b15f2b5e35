#include <crypt.h>

#include <catch2/catch_test_macros.hpp>

#include "sdk/support/secrets.hpp"

using namespace rpikit;

TEST_CASE("a Wi-Fi's key is that of the standard's test vectors") {
    // IEEE 802.11-2020, J.4.2.
    CHECK(wifi_key("IEEE", "password").value() ==
          "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e");
    CHECK(wifi_key("ThisIsASSID", "ThisIsAPassword").value() ==
          "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af");
}

TEST_CASE("what no access point takes is refused") {
    for (const auto& [ssid, passphrase] : {std::pair<std::string, std::string>{"", "password"},
                                           {std::string(33, 'a'), "password"},
                                           {"home", "short"},
                                           {"home", std::string(64, 'a')},
                                           {"home", "with\nline end"},
                                           {"home", "p\xc3\xa4ssword"}}) {
        CAPTURE(ssid, passphrase);
        const auto key = wifi_key(ssid, passphrase);
        REQUIRE_FALSE(key);
        CHECK(key.error().kind == ErrorKind::usage);
    }
}

TEST_CASE("a password's hash is checked by crypt, has a salt of its own and no character that ends a field") {
    const auto hash = password_hash("secret").value();
    CHECK(hash.starts_with("$6$"));
    CHECK(hash.find_first_of(":|&\n\\") == std::string::npos);
    CHECK(password_hash("secret").value() != hash);
    crypt_data data{};
    CHECK(crypt_r("secret", hash.c_str(), &data) == hash);
    CHECK(crypt_r("Secret", hash.c_str(), &data) != hash);
}
