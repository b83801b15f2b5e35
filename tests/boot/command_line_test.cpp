#include "sdk/boot/command_line.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace rpikit;

TEST_CASE("the root partition is filled in", "[boot]") {
    const auto line = boot::make_command_line(" root={root} rootwait quiet\n", "PARTUUID=1234abcd-02", false);
    REQUIRE(line);
    CHECK(*line == "root=PARTUUID=1234abcd-02 rootwait quiet");
    CHECK(boot::make_command_line("root={root} resume={root}", "X", false).value() == "root=X resume=X");
}

TEST_CASE("command lines that the kernel would not take are refused", "[boot]") {
    CHECK_FALSE(boot::make_command_line(" ", "X", false));
    CHECK_FALSE(boot::make_command_line("root={root}\nquiet", "X", false));
    CHECK_FALSE(boot::make_command_line("root={root}\tquiet", "X", false));
    CHECK_FALSE(boot::make_command_line("root={root} " + std::string(2048, 'x'), "X", false));
    const auto placeholder = boot::make_command_line("root={rooot}", "X", false);
    REQUIRE_FALSE(placeholder);
    CHECK(placeholder.error().message.ends_with("unknown placeholder {rooot}"));
}

TEST_CASE("without an initramfs the root has to be named", "[boot]") {
    CHECK_FALSE(boot::make_command_line("quiet nfsroot=1", "X", false));
    CHECK(boot::make_command_line("quiet", "X", true));
}
