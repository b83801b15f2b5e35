#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "sdk/support/bytes.hpp"
#include "sdk/support/fingerprint.hpp"
#include "sdk/support/sha256.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using Strings = std::vector<std::string>;

TEST_CASE("SHA-256 of the examples in FIPS 180-4") {
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256(std::string(1'000'000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a hash does not depend on the pieces, and starts anew after its end") {
    Sha256 hash;
    hash.update("a");
    hash.update(std::string_view());
    hash.update("bc");
    CHECK(hash.finish() == sha256("abc"));
    CHECK(hash.finish() == sha256(""));
    Sha256 moved = std::move(hash);
    moved.update("abc");
    CHECK(moved.finish() == sha256("abc"));
}

TEST_CASE("a file's hash is its content's") {
    const test::TempDir directory;
    const std::string content(3'000'001, 'x');
    CHECK(sha256_file(directory.write("file", content)) == sha256(content));
    CHECK(sha256_file(directory.write("empty", "")) == sha256(""));
    const auto missing = sha256_file(directory / "missing");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.contains("missing"));
    CHECK_FALSE(sha256_file(directory.path()));
}

TEST_CASE("fingerprints differ when a name, a value or the order differs") {
    const auto digest = [](const std::vector<std::pair<std::string, std::string>>& inputs) {
        Fingerprint fingerprint;
        for (const auto& [name, value] : inputs)
            fingerprint.add(name, value);
        return fingerprint.digest();
    };
    const auto base = digest({{"a", "1"}, {"b", "2"}});
    CHECK(base == digest({{"a", "1"}, {"b", "2"}}));
    CHECK(base != digest({{"b", "2"}, {"a", "1"}}));
    CHECK(base != digest({{"a", "1"}, {"b", "3"}}));
    CHECK(base != digest({{"a", "1"}, {"c", "2"}}));
    // No two lists run together.
    CHECK(digest({{"a", "b"}, {"c", "d"}}) != digest({{"a", "bc"}, {"", "d"}}));
    CHECK(digest({{"ab", ""}}) != digest({{"a", "b"}}));
    CHECK(digest({}) != digest({{"", ""}}));
}

TEST_CASE("the inputs that changed are named") {
    Fingerprint before;
    before.add("source", "6.12.1");
    before.add("compiler", "12");
    before.add("gone", "x");
    Fingerprint after;
    after.add("source", "6.12.2");
    after.add("compiler", "12");
    after.add("new", "y");
    CHECK(after.changed_since(before) == Strings{"source", "new", "gone"});
    CHECK(after.changed_since(after).empty());
}

TEST_CASE("little-endian numbers are stored and loaded in place") {
    std::array<std::byte, 8> bytes{};
    store_le<std::uint32_t>(bytes, 1, 0x11223344);
    CHECK(bytes[1] == std::byte{0x44});
    CHECK(bytes[4] == std::byte{0x11});
    CHECK(bytes[0] == std::byte{0});
    CHECK(bytes[5] == std::byte{0});
    CHECK(load_le<std::uint32_t>(bytes, 1) == 0x11223344);
    CHECK(load_le<std::uint16_t>(bytes, 2) == 0x2233);
}
