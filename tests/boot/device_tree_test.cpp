#include "sdk/boot/device_tree.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/boot/fixtures.hpp"

using namespace rpikit;

TEST_CASE("a device tree says what it is compatible with", "[boot]") {
    const auto names =
        boot::read_compatible(test::make_device_tree({"raspberrypi,4-model-b", "brcm,bcm2711"}));
    REQUIRE(names);
    CHECK(*names == std::vector<std::string>{"raspberrypi,4-model-b", "brcm,bcm2711"});
    CHECK_FALSE(boot::read_compatible(test::make_device_tree({})));
}

TEST_CASE("an overlay map's nodes are the names it knows", "[boot]") {
    const auto names = boot::mapped_overlays(test::make_device_tree({}, {"vc4-kms-v3d", "disable-bt"}));
    REQUIRE(names);
    CHECK(*names == std::vector<std::string>{"vc4-kms-v3d", "disable-bt"});
}

TEST_CASE("device trees that are cut off or overwritten are refused, not read past their end", "[boot]") {
    const auto whole = test::make_device_tree({"raspberrypi,4-model-b"}, {"a", "b"});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // A copy of that size, so that a sanitizer sees a read behind it.
        CHECK_FALSE(boot::check_device_tree(std::string(whole, 0, size)));
    }
    std::minstd_rand random(1);
    for (int round = 0; round < 2000; ++round) {
        auto bytes = whole;
        for (int i = 0; i < 4; ++i)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        if (const auto names = boot::read_compatible(bytes)) CHECK_FALSE(names->empty());
        if (const auto names = boot::mapped_overlays(bytes)) CHECK(names->size() < bytes.size());
    }
}
