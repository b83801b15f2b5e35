#include "sdk/host/sandbox.hpp"

#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "sdk/host/file.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// A folder that any user may write to, and the sandbox as it is on this machine.
struct Fixture {
    std::unique_ptr<host::ProcessRunner> processes = host::make_process_runner();
    test::TestHost test_host{*processes, host::Environment::of_this_process()};
    test::TempDir work;

    Fixture() {
        const auto support = host::probe_sandbox(test_host.host());
        if (!support.available) SKIP("no sandbox here: " << support.reason);
        fs::permissions(work.path(), fs::perms::all);
    }

    /// Runs a script with `work` writable under /mnt/work, as root and as an ordinary user where the test
    /// can.
    host::Exit run(const std::string& script, bool ordinary_user) {
        auto command = host::sandboxed({.argv = {"sh", "-c", script}, .directory = "/mnt/work"},
                                       {{work.path(), "/mnt/work", true}});
        if (ordinary_user) {
            const std::vector<std::string> become = {"setpriv", "--reuid=65534", "--regid=65534",
                                                     "--clear-groups"};
            command.argv.insert(command.argv.begin(), become.begin(), become.end());
        }
        const auto exit = processes->run(command, {});
        REQUIRE(exit);
        return *exit;
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "inside the sandbox nothing of the host can be written, as root neither") {
    const bool ordinary_user = GENERATE(false, true);
    if (ordinary_user && ::geteuid() != 0) SKIP("only root can become another user");
    for (const std::string folder : {"/lib/modules", "/boot", "/usr", "/etc", "/var/tmp", "/home", "/"}) {
        const std::string file = (fs::path(folder) / "rpi-kit-sandbox-test").string();
        const auto exit = run("mkdir -p " + folder + " && echo x > " + file, ordinary_user);
        INFO(folder << ": " << exit.output);
        CHECK(exit.code != 0);
        CHECK_FALSE(fs::exists(file));
    }
}

TEST_CASE_METHOD(Fixture, "the host cannot be made writable again from inside") {
    for (const std::string attempt :
         {"mount -o remount,rw /", "mount -o remount,rw,bind /", "mount -t tmpfs none /mnt/work",
          "unshare --mount mount -o remount,rw,bind / /", "mknod /mnt/work/disk b 8 0",
          "cat /proc/sys/kernel/panic > /proc/sys/kernel/panic", "echo h > /proc/sysrq-trigger"}) {
        const auto exit = run(attempt, false);
        INFO(attempt << ": " << exit.output);
        CHECK(exit.code != 0);
    }
    CHECK(run("unshare --user --map-root-user --mount sh -c 'mount -o remount,rw,bind / && echo > "
              "/usr/rpi-kit-test'",
              false)
              .code != 0);
    CHECK_FALSE(fs::exists("/usr/rpi-kit-test"));
}

TEST_CASE_METHOD(Fixture, "the writable binding is written to, and the directory is the one inside") {
    const auto exit = run("pwd; echo result > file", false);
    CHECK(exit.success());
    CHECK(exit.output == "/mnt/work\n");
    CHECK(host::read_file(work / "file") == "result\n");
}

TEST_CASE_METHOD(Fixture, "a binding that is not writable can be read only") {
    work.write("source/Makefile", "all:\n");
    const auto command = host::sandboxed(
        {.argv = {"sh", "-c", "cat Makefile; echo x >> Makefile"}, .directory = "/mnt/source"},
        {{work / "source", "/mnt/source", false}});
    const auto exit = processes->run(command, {});
    REQUIRE(exit);
    CHECK(exit->code != 0);
    CHECK_THAT(exit->output, ContainsSubstring("all:") && ContainsSubstring("Read-only file system"));
    CHECK(host::read_file(work / "source/Makefile") == "all:\n");
}

TEST_CASE_METHOD(Fixture, "network, processes, /tmp and the host's sockets are out of sight") {
    CHECK(run("ls /sys/class/net", false).success());
    CHECK(run("grep -c : /proc/net/dev", false).output == "1\n");  // the loopback device alone
    CHECK(run("ls -d /proc/[0-9]* | wc -l", false).output.size() <= 3);
    CHECK(run("ls -A /tmp /run", false).output == "/run:\n\n/tmp:\n");
    CHECK(run("hostname", false).output == "rpi-kit\n");
}

TEST_CASE_METHOD(Fixture, "the environment passes as it is") {
    auto command = host::sandboxed({.argv = {"sh", "-c", "env | sort"}}, {});
    command.environment = test_host.host().environment.only({"PATH"});
    command.environment->set("KBUILD_BUILD_USER", "rpi-kit");
    const auto exit = processes->run(command, {});
    REQUIRE(exit);
    CHECK_THAT(exit->output, ContainsSubstring("KBUILD_BUILD_USER=rpi-kit\n"));
    CHECK_THAT(exit->output, !ContainsSubstring("HOME="));
}

TEST_CASE_METHOD(Fixture, "a stopped command may clean up inside") {
    const auto command = host::sandboxed(
        {.argv =
             {"sh", "-c",
              "trap 'echo yes > /mnt/work/cleaned; exit 1' TERM; echo ready; while :; do sleep 0.05; done"}},
        {{work.path(), "/mnt/work", true}});
    const auto exit = processes->run(command, {.on_output = [](std::string_view output) {
                                         return host::Reaction{.stop = output.contains("ready")};
                                     }});
    REQUIRE(exit);
    CHECK(exit->stopped);
    CHECK(exit->signal == 0);
    CHECK(host::read_file(work / "cleaned") == "yes\n");
}

TEST_CASE_METHOD(Fixture, "a failure is told under the command's own name") {
    const auto command = host::sandboxed({.argv = {"false"}}, {});
    const auto result = host::run_checked(*processes, command);
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "false failed with exit code 1");
}

TEST_CASE("the probe says why there is no sandbox") {
    test::FakeProcessRunner processes;
    test::TestHost test_host(processes);
    auto support = host::probe_sandbox(test_host.host());
    CHECK_FALSE(support.available);
    CHECK_THAT(support.reason, ContainsSubstring("apt-get install bubblewrap"));

    processes.add_program("bwrap", "/usr/bin/bwrap");
    processes.answer("bwrap", {.code = 1, .output = "bwrap: No permissions to create new namespace\n"});
    support = host::probe_sandbox(test_host.host());
    CHECK_FALSE(support.available);
    CHECK_THAT(support.reason, ContainsSubstring("No permissions") && ContainsSubstring("user namespaces"));
}
