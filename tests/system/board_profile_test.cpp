// The claim of profile `board`: a kernel that is configured from the device tree alone drives the board.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/system/as_user.hpp"

namespace test = rpikit::test;

TEST_CASE("a real kernel configured from rpi4's device tree drives what QEMU has of the board", "[real]") {
    const test::TempDir work;
    // What the board is built with where nothing else is said.
    const auto built = test::rpi_kit_as_user(work.path(), {"build", "rpi4", "--source", "distro"});
    INFO(built.err);
    REQUIRE(built.code == 0);
    CHECK(built.err.contains("drivers for"));

    const auto booted = test::rpi_kit_as_user(work.path(), {"boot", "rpi4", "--check", "--reboot", "--json"});
    INFO(booted.out << booted.err);
    REQUIRE(booted.code == 0);
    const auto report = nlohmann::json::parse(booted.out);
    CHECK(report["verdict"] == "passed");
    CHECK(std::string(report["checks"][0]["found"]).ends_with("-board"));
    const auto passed = [&](const std::string& what) {
        return std::ranges::any_of(report["checks"], [&](const auto& item) {
            return item["what"] == what && item["passed"] == true;
        });
    };
    for (const auto* what : {"kernel configuration", "devices with a driver", "reboot", "power-off"}) {
        INFO(what);
        CHECK(passed(what));
    }
    // Every device that has no driver there is one that QEMU lacks.
    for (const auto& item : report["checks"])
        if (std::string(item["what"]).starts_with('/')) CHECK(item["expected"] == "not in the emulator");
}
