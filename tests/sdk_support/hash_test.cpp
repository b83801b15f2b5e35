#include "sdk/support/hash.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/support/sha256.hpp"

using namespace rpikit;

TEST_CASE("hashes are chosen by name") {
    auto sha1 = *Hash::of("sha1");
    sha1.update(std::as_bytes(std::span("foo", 3)));
    CHECK(sha1.finish() == "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33");
    CHECK(sha1.finish() == "da39a3ee5e6b4b0d3255bfef95601890afd80709");  // starts anew
    CHECK(Hash::of("sha256")->finish() == sha256(""));
    CHECK(Hash::of("sha512")->finish().size() == 128);
    CHECK_FALSE(Hash::of("md5"));
    CHECK_FALSE(Hash::of(""));
}

TEST_CASE("the quick hash tells one bit") {
    std::array<std::byte, 4096> bytes{};
    const auto before = quick_hash(bytes);
    CHECK(quick_hash(bytes) == before);
    for (const std::size_t at : {0U, 2048U, 4095U}) {
        bytes.at(at) ^= std::byte{1};
        CHECK(quick_hash(bytes) != before);
        bytes.at(at) ^= std::byte{1};
    }
    CHECK(quick_hash(std::span(bytes).first(4095)) != before);
}
