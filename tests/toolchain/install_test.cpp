#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/toolchain/check.hpp"
#include "sdk/toolchain/store.hpp"
#include "sdk/toolchain/toolchain.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace fs = std::filesystem;

namespace {

const fs::path toolchains = fs::path(RPIKIT_SOURCE_DIR) / "toolchains";

host::Exit run(host::ProcessRunner& runner, std::vector<std::string> argv) {
    // An empty PATH but for the shell's own needs: nothing of the system's toolchain can help.
    const host::Environment environment(std::map<std::string, std::string>{{"PATH", "/nonexistent"}});
    auto exit = runner.run({.argv = std::move(argv), .environment = environment}, {});
    REQUIRE(exit);
    INFO(exit->output);
    CHECK(exit->success());
    return *exit;
}

}  // namespace

TEST_CASE("without apt nothing is installed, and the error names the toolchain") {
    test::FakeProcessRunner runner;
    test::TestHost host(runner);
    const auto description = toolchain::load("aarch64-linux-gnu", toolchains);
    REQUIRE(description);
    const auto installed = toolchain::install(host.host(), *description, true, false);
    REQUIRE_FALSE(installed);
    CHECK(installed.error().message == "cannot install the toolchain aarch64-linux-gnu");
    CHECK_FALSE(installed.error().causes.empty());
    CHECK_FALSE(fs::exists(toolchain::store_folder(host.host(), "aarch64-linux-gnu") / "current"));
}

TEST_CASE("packages that are missing are installed into the system, then the compiler is found") {
    test::FakeProcessRunner runner;
    test::TestHost host(runner);
    const auto compiler = host.directory.write("bin/x-gcc", "x-gcc");
    runner.answer("apt-get", [&](const host::Command&) {
        runner.add_program("x-gcc", compiler);
        return host::Exit{};
    });
    runner.answer("dpkg-query", host::Exit{.code = 1, .output = "gcc-x not-installed\nlibc-x installed\n"});
    runner.answer("x-gcc", host::Exit{.output = "x-gcc (GCC) 12.2.0\n"});
    runner.answer("true", host::Exit{});  // of "sudo -n true", where the tests do not run as root
    runner.add_program("sudo", "/usr/bin/sudo");
    const toolchain::Description description = {.name = "x",
                                                .description = "",
                                                .cross_compile = "x-",
                                                .compilers = {"x-gcc"},
                                                .packages = {"gcc-x", "libc-x"}};
    const auto installed = toolchain::install(host.host(), description, false, false);
    INFO((installed ? "" : render(installed.error(), false)));
    REQUIRE(installed);
    CHECK(installed->origin == "system");
    const auto words = [&](const host::Command& command) {
        return std::ranges::count(command.argv, "gcc-x") == 1;
    };
    const auto install = std::ranges::find_if(runner.commands, [&](const auto& command) {
        return words(command) && std::ranges::count(command.argv, "install");
    });
    REQUIRE(install != runner.commands.end());
    CHECK(std::ranges::count(install->argv, "libc-x") == 0);
    CHECK(std::ranges::any_of(host.notes, [](const auto& note) { return note.contains("gcc-x"); }));
}

TEST_CASE("where the system cannot be changed the store is tried, and the reason told") {
    test::FakeProcessRunner runner;
    test::TestHost host(runner);
    runner.answer("apt-get", host::Exit{.code = 100, .output = "E: no\n"});
    runner.answer("dpkg-query", host::Exit{.code = 1, .output = "gcc-x not-installed\n"});
    const toolchain::Description description = {
        .name = "x", .description = "", .cross_compile = "x-", .compilers = {"x-gcc"}, .packages = {"gcc-x"}};
    const auto installed = toolchain::install(host.host(), description, false, false);
    REQUIRE_FALSE(installed);
    CHECK(installed.error().message == "cannot install the toolchain x");
    CHECK(
        std::ranges::any_of(host.notes, [](const auto& note) { return note.contains("own store instead"); }));
}

TEST_CASE("the compiler for arm64 is installed without root and compiles", "[real]") {
    const auto runner = host::make_process_runner();
    test::TestHost host(*runner, host::Environment::of_this_process());
    const auto description = toolchain::load("aarch64-linux-gnu", toolchains);
    REQUIRE(description);
    const auto installed = toolchain::install(host.host(), *description, true, false);
    INFO((installed ? "" : render(installed.error(), false)));
    REQUIRE(installed);
    CHECK(installed->origin == "store");
    REQUIRE(installed->search.size() == 1);
    CHECK(installed->search.front().string().starts_with(host.host().cache.string()));
    CHECK(installed->compiler.parent_path() == installed->search.front());
    CHECK(toolchain::find(host.host(), *description)->identity == installed->identity);

    const auto object = (host.directory / "object.o").string();
    const auto source = host.directory.write("source.c", "int twice(int x) { return 2 * x; }\n").string();
    const auto compiler = installed->compiler.string();
    run(*runner, {compiler, "-O2", "-c", source, "-o", object});
    const auto header =
        run(*runner, {(installed->search.front() / "aarch64-linux-gnu-readelf").string(), "-h", object});
    CHECK(header.output.contains("AArch64"));

    // Every file that the linker takes for a whole program lies in the store.
    const auto program =
        host.directory.write("program.c", "#include <stdio.h>\nint main(void) { return puts(\"x\") < 0; }\n");
    const auto linked = run(
        *runner, {compiler, program.string(), "-o", (host.directory / "program").string(), "-Wl,--trace"});
    CHECK(linked.output.contains("libc.so.6"));
    CHECK_FALSE(linked.output.contains("\n/usr/"));
    CHECK_FALSE(linked.output.starts_with("/usr/"));

    // Programs that it makes run, in C and C++, with the store's own C library.
    const auto sysroot = toolchain::find_sysroot(host.host(), *installed);
    REQUIRE(sysroot);
    CHECK(sysroot->string().starts_with(host.host().cache.string()));
    const auto trials = toolchain::try_out(host.host(), *installed);
    REQUIRE(trials);
    for (const auto& trial : *trials) {
        INFO(trial.what << '\n' << trial.detail);
        CHECK(trial.passed);
    }
    const auto emulator = runner->find_program("qemu-aarch64-static", host::Environment::of_this_process());
    REQUIRE(emulator);
    const auto out = (host.directory / "program").string();
    CHECK(run(*runner, {emulator->string(), "-L", sysroot->string(), out}).output == "x\n");
    run(*runner, {compiler, "-static", program.string(), "-o", out});
    CHECK(run(*runner, {emulator->string(), "-L", "/nonexistent", out}).output == "x\n");
    const auto cpp = host.directory.write(
        "program.cpp", "#include <iostream>\nint main() { std::cout << \"x\" << std::endl; }\n");
    run(*runner, {(installed->search.front() / "aarch64-linux-gnu-g++").string(), cpp.string(), "-o", out});
    CHECK(run(*runner, {emulator->string(), "-L", sysroot->string(), out}).output == "x\n");

    // A second run finds all in the cache, and changes nothing.
    const auto again = toolchain::install(host.host(), *description, true, true);
    REQUIRE(again);
    CHECK(again->compiler == installed->compiler);
}
