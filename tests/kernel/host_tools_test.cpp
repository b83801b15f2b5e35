#include "sdk/kernel/host_tools.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/support/fake_machine.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace {

const kernel::ToolCheck& find(const std::vector<kernel::ToolCheck>& checks, const std::string& name) {
    const auto found = std::ranges::find(checks, name, [](const auto& check) { return check.tool.name; });
    REQUIRE(found != checks.end());
    return *found;
}

}  // namespace

TEST_CASE("a machine with everything passes, and says where and which version") {
    test::FakeMachine machine;
    const auto checks = kernel::check_host_tools(machine.host.host());
    for (const auto& check : checks) {
        INFO(check.tool.name << ": " << check.problem);
        CHECK(check.found);
        CHECK_FALSE(check.where.empty());
        CHECK_FALSE(check.tool.package.empty());
        CHECK_FALSE(check.tool.reason.empty());
    }
    CHECK(find(checks, "make").where == "/usr/bin/make");
    CHECK(find(checks, "make").version == "4.3");
    CHECK(kernel::missing_packages(checks, kernel::Need::sometimes).empty());
    CHECK(
        kernel::missing_packages(kernel::check_host_tools(machine.host.host(), "x86"), kernel::Need::required)
            .empty());
}

TEST_CASE("what is missing is named by its package, the more by the weaker the need") {
    test::FakeProcessRunner bare;
    bare.add_program("make", "/usr/bin/make");
    bare.answer("make", {.output = "GNU Make 4.3\n"});
    test::TestHost host(bare);
    const auto required =
        kernel::missing_packages(kernel::check_host_tools(host.host()), kernel::Need::required);
    for (const char* package : {"flex", "bison", "bc", "gcc", "kmod", "libssl-dev", "libc6-dev"})
        CHECK(std::ranges::find(required, package) != required.end());
    for (const char* package : {"make", "rsync", "bubblewrap"})
        CHECK(std::ranges::find(required, package) == required.end());
    const auto packages =
        kernel::missing_packages(kernel::check_host_tools(host.host()), kernel::Need::sometimes);
    CHECK(std::ranges::find(packages, "rsync") != packages.end());
    CHECK(std::ranges::is_sorted(packages));
    CHECK(std::ranges::adjacent_find(packages) == packages.end());
}

TEST_CASE("a program that is too old or does not run is as good as missing") {
    test::FakeMachine machine;
    test::FakeProcessRunner old;
    for (const char* name : {"make", "flex", "bison"})
        old.add_program(name, std::string("/usr/bin/") + name);
    old.answer("make", {.output = "GNU Make 3.82\n"});
    old.answer("flex", {.code = 127});
    old.answer("bison", {.output = "no number here\n"});
    test::TestHost host(old);
    const auto checks = kernel::check_host_tools(host.host());
    CHECK_FALSE(find(checks, "make").found);
    CHECK(find(checks, "make").problem.contains("3.82"));
    CHECK(find(checks, "make").problem.contains("4.0"));
    CHECK_FALSE(find(checks, "flex").found);
    CHECK_FALSE(find(checks, "bison").found);
}

TEST_CASE("what a configuration needs is asked for before it is compiled, and nothing else") {
    test::FakeProcessRunner bare;
    test::TestHost host(bare);
    kconfig::DotConfig config;
    CHECK(kernel::require_configured_tools(host.host(), config));
    config.set("KERNEL_ZSTD", "y");
    config.set("MODULE_COMPRESS_XZ", "n");
    const auto needed = kernel::require_configured_tools(host.host(), config);
    REQUIRE_FALSE(needed);
    CHECK(needed.error().causes ==
          std::vector<std::string>{"zstd: not found (modules or kernel compressed with zstd)"});
    CHECK(needed.error().hint.ends_with("zstd"));
    test::FakeMachine complete;
    CHECK(kernel::require_configured_tools(complete.host.host(), config));
}

TEST_CASE("versions are compared by number") {
    CHECK(kernel::older_version("3.82", "4.0"));
    CHECK(kernel::older_version("4.9", "4.10"));
    CHECK_FALSE(kernel::older_version("4.0", "4"));
    CHECK_FALSE(kernel::older_version("4", "4.0"));
    CHECK_FALSE(kernel::older_version("12.2.0", "5.1"));
}

TEST_CASE("the machine that runs the tests can build kernels") {
    const auto processes = host::make_process_runner();
    test::TestHost host(*processes, host::Environment::of_this_process());
    const auto checks = kernel::check_host_tools(host.host());
    CHECK(kernel::missing_packages(checks, kernel::Need::required).empty());
}
