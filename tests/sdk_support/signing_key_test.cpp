#include "sdk/support/signing_key.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace rpikit;

namespace {

/// One for all tests: making one takes a second.
const std::string& pem() {
    static const std::string made = make_signing_key("tests").value();
    return made;
}

std::string certificate_part() {
    return pem().substr(pem().find("-----BEGIN CERTIFICATE"));
}

std::string key_part() {
    return pem().substr(0, pem().find("-----BEGIN CERTIFICATE"));
}

}  // namespace

TEST_CASE("a key that was made is one that can be used, and no other is the same") {
    const auto key = parse_signing_key(pem());
    if (!key) FAIL(render(key.error(), false));
    CHECK(key->subject == "tests");
    CHECK(key->id.size() == 40);
    CHECK(key->fingerprint.size() == 64);
    CHECK(key->certificate.starts_with("\x30\x82"));  // DER: a sequence of more than 255 bytes
    CHECK(make_signing_key("tests").value() != pem());
}

TEST_CASE("the order of key and certificate does not matter") {
    CHECK(parse_signing_key(certificate_part() + key_part()));
}

TEST_CASE("what cannot sign is refused with what is missing") {
    const auto message = [](const std::string& text) { return parse_signing_key(text).error().message; };
    CHECK(message("") == "there is no private key in it");
    CHECK(message("nonsense") == "there is no private key in it");
    CHECK(message(certificate_part()) == "there is no private key in it");
    CHECK(message(key_part()) == "there is no certificate in it");
    CHECK(message("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n") ==
          "the private key is encrypted");
    const auto other = make_signing_key("other").value();
    CHECK(message(key_part() + other.substr(other.find("-----BEGIN CERTIFICATE"))) ==
          "the certificate in it belongs to another private key");
}

TEST_CASE("no error shows the private key") {
    const auto error = parse_signing_key(key_part()).error();
    CHECK_FALSE(render(error, false).contains(key_part().substr(40, 40)));
}

TEST_CASE("bytes that are no signature are refused") {
    const auto certificate = parse_signing_key(pem())->certificate;
    const std::string text = "content";
    const auto bytes = std::as_bytes(std::span(text));
    CHECK_FALSE(verify_signature(bytes, {}, certificate));
    CHECK_FALSE(verify_signature(bytes, bytes, certificate));
    CHECK_FALSE(verify_signature(bytes, bytes, "no certificate"));
}
