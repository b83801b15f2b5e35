#include "sdk/rootfs/applets.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/rootfs/fixtures.hpp"

using namespace rpikit;

TEST_CASE("the applets of a busybox are read out of its table", "[rootfs]") {
    const auto expected = test::enough_applets();
    const auto found = rootfs::find_applets(test::make_busybox(expected));
    REQUIRE(found);
    CHECK(*found == expected);
}

TEST_CASE("other mentions of busybox are not taken for the table", "[rootfs]") {
    const auto expected = test::enough_applets();
    std::string binary("/bin/sh\0busybox\0BusyBox is copyrighted", 38);
    binary += '\0' + test::make_busybox(expected) + std::string("x\0busybox\0", 10);
    const auto found = rootfs::find_applets(binary);
    REQUIRE(found);
    CHECK(*found == expected);
}

TEST_CASE("a table is found at the very start and the very end of a file", "[rootfs]") {
    const auto expected = test::enough_applets();
    std::string binary(1, '\0');
    for (const auto& name : expected)
        binary += name + '\0';
    CHECK(rootfs::find_applets(binary).value() == expected);
}

TEST_CASE("a table with other data right before it has its first name", "[rootfs]") {
    const auto expected = test::enough_applets();
    REQUIRE(expected.front() == "[");
    std::string table;
    for (const auto& name : expected)
        table += name + '\0';
    for (const std::string before : {"\x0e\"\xc0\xae ", "\xff", "zz"})
        CHECK(rootfs::find_applets(std::string(1, '\0') + before + table).value() == expected);
}

TEST_CASE("a program without a table is not a busybox", "[rootfs]") {
    CHECK_FALSE(rootfs::find_applets(""));
    CHECK_FALSE(rootfs::find_applets("\177ELF and nothing else"));
    CHECK_FALSE(rootfs::find_applets(test::make_busybox({"ash", "busybox", "cat"})));
}

TEST_CASE("a table that is cut off does not read past the end", "[rootfs]") {
    auto binary = test::make_busybox(test::enough_applets());
    for (std::size_t size = 0; size < binary.size(); size += 7) {
        const auto found = rootfs::find_applets(std::string_view(binary).substr(0, size));
        if (found) CHECK(found->size() <= test::enough_applets().size());
    }
}
