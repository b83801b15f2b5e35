#include "sdk/toolchain/shell_exports.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/test_host.hpp"

using namespace rpikit;
using toolchain::Shell;

namespace {

const toolchain::Toolchain nasty = {.name = "x",
                                    .cross_compile = "aarch64-linux-gnu-",
                                    .search = {"/a b/it's $HOME`x`\\"},
                                    .make_variables = {"CROSS_COMPILE=aarch64-linux-gnu-", "CC=x;rm -rf /"}};

/// What a shell makes of the lines.
std::string evaluated(const std::string& shell, const std::string& text, const std::string& print) {
    const auto runner = host::make_process_runner();
    const host::Environment environment(std::map<std::string, std::string>{{"PATH", "/usr/bin:/bin"}});
    const auto exit = runner->run({.argv = {shell, "-c", text + print}, .environment = environment}, {});
    REQUIRE(exit);
    INFO(exit->output);
    CHECK(exit->success());
    return exit->output;
}

}  // namespace

TEST_CASE("a shell that evaluates the exports has each value as one word") {
    const auto text = toolchain::shell_text(toolchain::exports_of(nasty), Shell::posix);
    CHECK(evaluated("sh", text, "printf '%s|%s|%s|%s' \"$ARCH\" \"$CROSS_COMPILE\" \"$CC\" \"$PATH\"") ==
          "arm64|aarch64-linux-gnu-|x;rm -rf /|/a b/it's $HOME`x`\\:/usr/bin:/bin");
}

TEST_CASE("fish has its own words for the same, and its own quotes") {
    const auto text = toolchain::shell_text(toolchain::exports_of(nasty), Shell::fish);
    CHECK(text ==
          "set -gx ARCH 'arm64'\nset -gx CROSS_COMPILE 'aarch64-linux-gnu-'\nset -gx CC 'x;rm -rf /'\n"
          "set -gx PATH '/a b/it\\'s $HOME`x`\\\\' $PATH\n");
    const auto runner = host::make_process_runner();
    if (!runner->find_program("fish", host::Environment::of_this_process())) SKIP("fish is not installed");
    CHECK(evaluated("fish", text, "printf '%s|%s|%s' $CC $PATH[1] $PATH[2]") ==
          "x;rm -rf /|/a b/it's $HOME`x`\\|/usr/bin");
}

TEST_CASE("clang needs LLVM= alone, and the system's toolchain no PATH") {
    const toolchain::Toolchain clang = {.name = "llvm", .llvm = true, .make_variables = {"LLVM=-19"}};
    CHECK(toolchain::shell_text(toolchain::exports_of(clang), Shell::posix) == "export LLVM=-19\n");
    CHECK(toolchain::kernel_architecture("arm-linux-gnueabihf-") == "arm");
    CHECK(toolchain::kernel_architecture("riscv64-linux-gnu-") == "riscv");
    CHECK(toolchain::kernel_architecture("avr-").empty());
}
