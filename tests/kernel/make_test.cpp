#include "sdk/kernel/make.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "sdk/support/text.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

namespace fs = std::filesystem;
using namespace rpikit;

namespace {

struct Fixture {
    test::FakeProcessRunner processes;
    test::TestHost host{processes, host::Environment({{"PATH", "/opt/bin::/usr/bin"},
                                                      {"HOME", "/home/me"},
                                                      {"TERM", "xterm"},
                                                      {"TMPDIR", "/var/tmp"},
                                                      {"LC_ALL", "de_DE.UTF-8"},
                                                      {"CFLAGS", "-O3"},
                                                      {"CROSS_COMPILE", "wrong-"},
                                                      {"KBUILD_BUILD_USER", "me"},
                                                      {"MAKEFLAGS", "-k"}})};
    kernel::BuildContext context;

    Fixture() {
        context.kernel.arch = "arm64";
        context.source.root = host.directory / "my source";
        context.build = host.directory / "my build";
        context.log = host.directory / "log";
        context.jobs = 3;
        context.toolchain.make_variables = {"CROSS_COMPILE=aarch64-linux-gnu-"};
        context.sandboxed = false;
    }
    host::Command command(const std::vector<std::string>& targets,
                          const std::vector<fs::path>& writable = {}) {
        return kernel::make_command(host.host(), context, targets, writable);
    }
};

bool has(const host::Command& command, const std::string& argument) {
    return std::ranges::find(command.argv, argument) != command.argv.end();
}

/// Whether "option first second" stands in the argument vector.
bool has_run(const host::Command& command, const std::vector<std::string>& words) {
    return !std::ranges::search(command.argv, words).empty();
}

}  // namespace

TEST_CASE("the environment of make is made from an allow-list and pinned") {
    Fixture fixture;
    const auto command = fixture.command({"Image.gz"});
    REQUIRE(command.environment);
    CHECK(command.environment->entries() == std::vector<std::string>{"CCACHE_DISABLE=1", "HOME=/home/me",
                                                                     "LANG=C", "LC_ALL=C",
                                                                     "PATH=/opt/bin:/usr/bin:/usr/sbin:/sbin",
                                                                     "TERM=xterm", "TMPDIR=/var/tmp"});
}

TEST_CASE("the command line names source, build folder, architecture, compiler, jobs, stamps and targets") {
    Fixture fixture;
    const auto command = fixture.command({"vmlinux", "modules"});
    const std::string root = fixture.host.directory.path().string();
    CHECK(command.argv ==
          std::vector<std::string>{"make", "-C", root + "/my source", "O=" + root + "/my build", "-j3",
                                   "ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-",
                                   "KBUILD_BUILD_TIMESTAMP=2024-01-01 00:00:00 +0000",
                                   "KBUILD_BUILD_USER=rpi-kit", "KBUILD_BUILD_HOST=rpi-kit",
                                   "KBUILD_BUILD_VERSION=1", "LOCALVERSION=", "vmlinux", "modules"});
}

TEST_CASE("a toolchain's own folders come first in the search path") {
    Fixture fixture;
    fixture.context.toolchain.search = {"/store/one/bin", "/usr/bin"};
    CHECK(fixture.command({}).environment->get("PATH") == "/store/one/bin:/usr/bin:/opt/bin:/usr/sbin:/sbin");
}

TEST_CASE("in the sandbox make sees the same paths wherever the folders are") {
    Fixture fixture;
    fixture.context.sandboxed = true;
    const auto command = fixture.command({"modules_install"}, {fixture.host.directory / "staging"});
    CHECK(has_run(command, {"make", "-C", "/mnt/source", "O=/mnt/build", "-j3", "ARCH=arm64"}));
    const std::string root = fixture.host.directory.path().string();
    CHECK(has_run(command, {"--ro-bind", root + "/my source", "/mnt/source"}));
    CHECK(has_run(command, {"--bind", root + "/my build", "/mnt/build"}));
    CHECK(has_run(command, {"--bind", root + "/staging", "/mnt/output0"}));
    CHECK_FALSE(command.environment->get("TMPDIR"));
}

TEST_CASE("a toolchain in a folder that the sandbox hides is shown to it") {
    Fixture fixture;
    fixture.context.sandboxed = true;
    fixture.context.toolchain.search = {"/tmp/cache/gcc/bin", "/usr/local/bin", "/run/bin"};
    const auto command = fixture.command({});
    CHECK(has_run(command, {"--ro-bind", "/tmp/cache/gcc", "/tmp/cache/gcc"}));
    CHECK(has_run(command, {"--ro-bind", "/run/bin", "/run/bin"}));
    CHECK_FALSE(has(command, "/usr/local"));
}

TEST_CASE("ccache stands in front of both compilers, whatever toolchain it is") {
    Fixture fixture;
    fixture.context.ccache = true;
    auto& variables = fixture.context.toolchain.make_variables;
    CHECK(has(fixture.command({}), "CC=ccache aarch64-linux-gnu-gcc"));
    CHECK(has(fixture.command({}), "HOSTCC=ccache gcc"));
    variables.emplace_back("CC=aarch64-linux-gnu-gcc-12");
    CHECK(has(fixture.command({}), "CC=ccache aarch64-linux-gnu-gcc-12"));
    variables = {"LLVM=-15"};
    CHECK(has(fixture.command({}), "CC=ccache clang-15"));
    CHECK(has(fixture.command({}), "HOSTCC=ccache clang-15"));
    variables = {"LLVM=/opt/llvm/bin/"};
    CHECK(has(fixture.command({}), "CC=ccache /opt/llvm/bin/clang"));
}

TEST_CASE("ccache keeps its files in our cache, or where the user says, and can write there in the sandbox") {
    Fixture fixture;
    fixture.context.ccache = true;
    fixture.context.sandboxed = true;
    const auto command = fixture.command({});
    CHECK(command.environment->get("CCACHE_DIR") == "/mnt/ccache");
    CHECK(command.environment->get("CCACHE_TEMPDIR") == "/mnt/ccache/tmp");
    CHECK_FALSE(command.environment->get("CCACHE_DISABLE"));
    const std::string folder = (fixture.host.host().cache / "ccache").string();
    CHECK(has_run(command, {"--bind", folder, "/mnt/ccache"}));
    fixture.context.sandboxed = false;
    CHECK(fixture.command({}).environment->get("CCACHE_DIR") == folder);
}

TEST_CASE("without the sandbox a path that make cannot work in is refused before anything is done") {
    Fixture fixture;
    const auto ran = kernel::run_make(fixture.host.host(), fixture.context, {"defconfig"});
    REQUIRE_FALSE(ran);
    CHECK(ran.error().message.contains("my source"));
    CHECK(ran.error().hint.contains("bubblewrap"));
    CHECK(fixture.processes.commands.empty());
    CHECK_FALSE(fs::exists(fixture.context.build));
    fixture.context.source.root = fixture.host.directory / "source";
    for (const char* name : {"a b", "a:b", "a%b", "a#b", "a$b"}) {
        fixture.context.build = fixture.host.directory / name;
        CHECK_FALSE(kernel::check_build_paths(fixture.context));
    }
    fixture.context.build = fixture.host.directory / "grün-日本";
    CHECK(kernel::check_build_paths(fixture.context));
    CHECK_FALSE(kernel::check_build_paths(fixture.context, {"/out put"}));
    fixture.context.sandboxed = true;
    CHECK(kernel::check_build_paths(fixture.context, {"/out put"}));
}

TEST_CASE("jobs are twice the cores, as far as each has 512 MiB") {
    constexpr std::uint64_t gib = std::uint64_t{1} << 30;
    CHECK(kernel::jobs_for(8, 64 * gib) == 16);
    CHECK(kernel::jobs_for(8, 4 * gib) == 8);
    CHECK(kernel::jobs_for(8, gib / 4) == 1);
    CHECK(kernel::jobs_for(1, 0) == 1);
    CHECK(kernel::default_jobs() >= 1);
}
