#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace test = rpikit::test;

TEST_CASE("the version names every library with a version") {
    const test::TempDir work;
    const auto text =
        test::run_program({RPIKIT_PROGRAM, "--version"}, {.directory = work.path(), .home = work.path()});
    CHECK(text.code == 0);
    CHECK(std::regex_search(text.out, std::regex("^rpi-kit [0-9]+\\.[0-9]+\\.[0-9]+\n")));
    const auto run = test::run_program({RPIKIT_PROGRAM, "--json", "--version"},
                                       {.directory = work.path(), .home = work.path()});
    CHECK(run.code == 0);
    const auto document = nlohmann::json::parse(run.out);
    CHECK(text.out.starts_with("rpi-kit " + document["version"].get<std::string>() + "\n"));
    for (const auto* name : {"Boost", "CLI11", "fmt", "libarchive", "libblkid", "libcurl", "liblzma",
                             "libusb", "nlohmann-json", "OpenSSL", "pugixml", "toml++", "xxHash", "zlib"}) {
        INFO(name);
        REQUIRE(document["libraries"].contains(name));
        const auto version = document["libraries"][name].get<std::string>();
        CHECK(std::regex_match(version, std::regex("[0-9]+\\.[0-9]+.*")));
        CHECK(text.out.contains(version));
    }
}
