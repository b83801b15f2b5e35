#include "sdk/toolchain/check.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace {

const toolchain::Toolchain x = {
    .name = "x", .cross_compile = "x-", .compiler = "/fake/x-gcc", .version = "12"};

}  // namespace

TEST_CASE("a compiler that can all passes, and its trial leaves nothing behind") {
    const auto runner = host::make_process_runner();
    test::TestHost host(*runner, host::Environment::of_this_process());
    const auto gcc = runner->find_program("gcc", host::Environment::of_this_process());
    if (!gcc) SKIP("gcc is not installed");
    const auto trials =
        toolchain::try_out(host.host(), {.name = "own", .cross_compile = "", .compiler = *gcc});
    REQUIRE(trials);
    for (const auto& trial : *trials) {
        INFO(trial.what << trial.detail);
        CHECK(trial.passed);
    }
    CHECK((*trials)[1].found.contains("linux"));
    CHECK(std::filesystem::is_empty(host.host().cache));
}

TEST_CASE("each thing that a compiler cannot is told, with what it said") {
    test::FakeProcessRunner runner;
    test::TestHost host(runner);
    runner.answer("-static", host::Exit{.code = 1, .output = "cannot find -lc\n"});
    runner.answer("-dumpmachine", host::Exit{.output = "x-none-linux\n"});
    runner.answer("x-gcc", host::Exit{.output = "x-gcc 12\n"});
    runner.answer("x-ld", host::Exit{});
    const auto trials = toolchain::try_out(host.host(), x);
    REQUIRE(trials);
    CHECK(std::ranges::count(*trials, false, &toolchain::Trial::passed) == 1);
    const auto failed = std::ranges::find(*trials, false, &toolchain::Trial::passed);
    CHECK(failed->what == "links a static program");
    CHECK(failed->detail.contains("cannot find -lc"));
    CHECK(failed->detail.contains("-static"));
    CHECK((*trials)[1].found == "x-none-linux");
    CHECK(trials->back().found.contains("left out"));
}

TEST_CASE("a compiler that cannot be started at all is an error") {
    const auto runner = host::make_process_runner();
    test::TestHost host(*runner, host::Environment::of_this_process());
    CHECK_FALSE(toolchain::try_out(host.host(), {.name = "x", .compiler = host.directory / "nowhere/x-gcc"}));
}

TEST_CASE("the target's C library is where the compiler says, or where Debian puts it") {
    test::FakeProcessRunner runner;
    test::TestHost host(runner);
    const auto own = host.directory / "sysroot";
    std::filesystem::create_directories(own);
    runner.answer("-print-sysroot", host::Exit{.output = own.string() + "\n"});
    CHECK(toolchain::find_sysroot(host.host(), x).value() == own);

    test::FakeProcessRunner debian;
    test::TestHost other(debian);
    debian.answer("-print-sysroot", host::Exit{.output = "/\n"});
    other.directory.write("key/tree/usr/x/lib/libc.so.6", "");
    auto stored = x;
    stored.search = {other.directory / "key/bin"};
    CHECK(toolchain::find_sysroot(other.host(), stored).value() == other.directory / "key/tree/usr/x");
    CHECK(toolchain::find_sysroot(other.host(), x).value() == "/");
}
