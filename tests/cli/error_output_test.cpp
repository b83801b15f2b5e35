#include <catch2/catch_test_macros.hpp>

#include "sdk/cli/app.hpp"

using namespace rpikit;

namespace {

std::string hint(const std::string& text, std::string_view called, bool root) {
    return cli::for_this_user({.message = "it went wrong", .hint = text}, called, root).hint;
}

}  // namespace

TEST_CASE("a hint names the program as it was called") {
    CHECK(hint("rpi-kit doctor --fix", "./rpi-kit", false) == "./rpi-kit doctor --fix");
    host::Environment environment;
    CHECK(cli::called_as(environment) == "rpi-kit");
    environment.set("RPI_KIT_COMMAND", "/a b/rpi-kit");
    CHECK(cli::called_as(environment) == "'/a b/rpi-kit'");
    CHECK(hint("remove rpi-kit.lock", "./rpi-kit", false) == "remove rpi-kit.lock");
}

TEST_CASE("root is not told to use sudo, everybody else is") {
    CHECK(hint("sudo apt-get install flex", "rpi-kit", true) == "apt-get install flex");
    CHECK(hint("sudo apt-get install flex", "rpi-kit", false) == "sudo apt-get install flex");
}
