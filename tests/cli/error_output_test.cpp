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
    CHECK(hint("rpi-kit doctor --fix", "", false) == "rpi-kit doctor --fix");
    CHECK(hint("remove rpi-kit.lock", "./rpi-kit", false) == "remove rpi-kit.lock");
}

TEST_CASE("root is not told to use sudo, everybody else is") {
    CHECK(hint("sudo apt-get install flex", "", true) == "apt-get install flex");
    CHECK(hint("sudo apt-get install flex", "", false) == "sudo apt-get install flex");
}
