#include "sdk/kernel/host_tools.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace {

/// A machine that has everything: programs of good versions and headers in a folder that gcc names.
struct Machine {
    test::FakeProcessRunner processes;
    test::TestHost host{processes};

    Machine() {
        const char* versions[][2] = {{"make", "GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu\n"},
                                     {"flex", "flex 2.6.4\n"},
                                     {"bison", "bison (GNU Bison) 3.8.2\n"},
                                     {"pahole", "v1.24\n"}};
        for (const auto& [name, text] : versions)
            processes.answer(name, {.output = text});
        processes.answer("gcc", [this](const host::Command& command) { return gcc(command); });
        for (const char* name : {"make", "gcc",    "ld",     "flex",    "bison",  "bc",       "awk",
                                 "perl", "gzip",   "depmod", "modinfo", "cpio",   "rsync",    "xz",
                                 "zstd", "pahole", "bwrap",  "git",     "sfdisk", "fsck.fat", "e2fsck"}) {
            processes.add_program(name, std::string("/usr/bin/") + name);
        }
        for (const char* name :
             {"stdlib.h", "linux/types.h", "openssl/opensslv.h", "libelf.h", "ncurses.h"}) {
            host.directory.write(std::string("include/") + name, "");
        }
    }
    host::Exit gcc(const host::Command& command) const {
        if (command.argv.back() == "--version") return {.output = "gcc (Debian 12.2.0-14) 12.2.0\n"};
        return {.output =
                    "ignoring nonexistent directory \"/nowhere\"\n#include \"...\" search starts here:\n"
                    "#include <...> search starts here:\n " +
                    (host.directory / "include").string() + "\n /nowhere\nEnd of search list.\n"};
    }
};

const kernel::ToolCheck& find(const std::vector<kernel::ToolCheck>& checks, const std::string& name) {
    const auto found = std::ranges::find(checks, name, [](const auto& check) { return check.tool.name; });
    REQUIRE(found != checks.end());
    return *found;
}

}  // namespace

TEST_CASE("a machine with everything passes, and says where and which version") {
    Machine machine;
    const auto checks = kernel::check_host_tools(machine.host.host());
    for (const auto& check : checks) {
        INFO(check.tool.name << ": " << check.problem);
        CHECK(check.found);
        CHECK_FALSE(check.where.empty());
        CHECK_FALSE(check.tool.package.empty());
        CHECK_FALSE(check.tool.reason.empty());
    }
    CHECK(find(checks, "make").where == "/usr/bin/make (4.3)");
    CHECK(kernel::missing_packages(checks, kernel::Need::sometimes).empty());
    CHECK(kernel::require_host_tools(machine.host.host()));
}

TEST_CASE("what is missing is named with its reason, and one command installs it all") {
    Machine machine;
    test::FakeProcessRunner bare;
    bare.add_program("make", "/usr/bin/make");
    bare.answer("make", {.output = "GNU Make 4.3\n"});
    test::TestHost host(bare);
    const auto needed = kernel::require_host_tools(host.host());
    REQUIRE_FALSE(needed);
    CHECK(needed.error().hint.contains("apt-get install"));
    for (const char* package : {"flex", "bison", "bc", "gcc", "kmod", "libssl-dev", "libc6-dev"}) {
        CHECK(needed.error().hint.contains(package));
    }
    CHECK_FALSE(needed.error().hint.contains(" make"));
    CHECK_FALSE(needed.error().hint.contains("rsync"));
    const auto packages =
        kernel::missing_packages(kernel::check_host_tools(host.host()), kernel::Need::sometimes);
    CHECK(std::ranges::find(packages, "rsync") != packages.end());
    CHECK(std::ranges::is_sorted(packages));
    CHECK(std::ranges::adjacent_find(packages) == packages.end());
}

TEST_CASE("a program that is too old or does not run is as good as missing") {
    Machine machine;
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
    const auto needed = kernel::require_host_tools(host.host());
    INFO((needed ? "" : render(needed.error(), false)));
    CHECK(needed);
}
