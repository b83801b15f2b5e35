#include "sdk/kconfig/plain_command.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "sdk/host/process.hpp"

using namespace rpikit;
using kconfig::plain_output;

namespace {

std::string test(const std::string& condition) {
    return "{ test " + condition + R"(; } >/dev/null 2>&1 && echo "y" || echo "n")";
}

}  // namespace

TEST_CASE("simple commands print what a shell prints") {
    const auto command =
        GENERATE(std::string("set -- GCC 120200 && echo $1"), std::string("set -- GCC 120200 && echo $2"),
                 std::string("set --  a   b && echo $2"), std::string("set -- a && echo $3"),
                 std::string("set --  && echo $1"), test("-z \"\""), test("-z \"GCC 120200\""),
                 test("\"GCC\" = GCC"), test("\"GCC\" = Clang"), test("\"\" = y"), test("\"-z\" = -z"),
                 std::string(R"({ test -z ""; } >/dev/null 2>&1 && echo "-m64" || echo "")"));
    CAPTURE(command);
    const auto processes = host::make_process_runner();
    const auto exit = processes->run({.argv = {"/bin/sh", "-c", command}}, {});
    REQUIRE(exit);
    const auto ours = plain_output(command);
    REQUIRE(ours);
    CHECK(*ours + "\n" == exit->output);
}

TEST_CASE("what a shell might change is left to it") {
    const auto command = GENERATE(
        std::string("set -- $X b && echo $1"), std::string("set -- * && echo $1"),
        std::string("set -- a && echo $1; rm x"), std::string("set -- a && echo $10"),
        std::string("set -- a && echo $0"), std::string("set -- `a` && echo $1"), test("-e /file"),
        test("-z \"$X\""), test("\"a\\\"\" = b"), test("\"a\" = b -o c"), test("\"a\" = $b"),
        test("\"a b\" = c"), test("5 -ge 4"), std::string("test \"a\" = a && echo y"),
        std::string(R"({ test "a" = a; } >/dev/null 2>&1 && echo "`x`" || echo "n")"),
        std::string(R"({ test "a" = a; } >/dev/null 2>&1 && echo "y" || echo "n"; x)"), std::string());
    CAPTURE(command);
    CHECK_FALSE(plain_output(command));
}
