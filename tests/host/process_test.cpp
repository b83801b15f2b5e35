#include "sdk/host/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;

namespace {

host::Command shell(std::string script) {
    return {.argv = {"sh", "-c", std::move(script)}};
}

std::chrono::milliseconds timed(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

/// Whether any process of the group is alive; a zombie that init has not reaped yet counts as gone.
bool alive(pid_t pid) {
    const auto status = host::read_file("/proc/" + std::to_string(pid) + "/stat");
    if (!status) return false;
    return !status->substr(status->rfind(')')).starts_with(") Z");
}

bool gone_soon(pid_t pid) {
    for (int i = 0; i < 100 && alive(pid); ++i)
        std::this_thread::sleep_for(20ms);
    return !alive(pid);
}

pid_t pid_in(const std::filesystem::path& file) {
    const auto text = host::read_file(file);
    REQUIRE(text);
    return static_cast<pid_t>(parse_number(trim(*text)).value());
}

}  // namespace

TEST_CASE("a command's exit code and output come back, stdout and stderr together") {
    const auto runner = host::make_process_runner();
    const auto exit = runner->run(shell("echo out; echo err >&2; exit 3"), {});
    REQUIRE(exit);
    CHECK(exit->code == 3);
    CHECK(exit->signal == 0);
    CHECK_FALSE(exit->success());
    CHECK(exit->output == "out\nerr\n");
}

TEST_CASE("death by a signal is told apart from an exit code of the same number") {
    const auto runner = host::make_process_runner();
    const auto killed = runner->run(shell("kill -TERM $$"), {});
    REQUIRE(killed);
    CHECK(killed->signal == SIGTERM);
    const auto exited = runner->run(shell("exit 15"), {});
    REQUIRE(exited);
    CHECK(exited->signal == 0);
    CHECK(exited->code == 15);
}

TEST_CASE("a missing program is an error that names it") {
    const auto runner = host::make_process_runner();
    const auto exit = runner->run({.argv = {"no-such-program-here"}}, {});
    REQUIRE_FALSE(exit);
    CHECK_THAT(exit.error().message, ContainsSubstring("no-such-program-here"));
    CHECK_FALSE(exit.error().hint.empty());
}

TEST_CASE("a missing working directory is an error that names it") {
    const auto runner = host::make_process_runner();
    const auto exit = runner->run({.argv = {"true"}, .directory = "/no/such/folder"}, {});
    REQUIRE_FALSE(exit);
    CHECK_THAT(render(exit.error(), false), ContainsSubstring("/no/such/folder"));
}

TEST_CASE("a file that cannot be executed is an error and flushes nothing of the parent") {
    const test::TempDir directory;
    const auto file = directory.write("garbage", std::string("\x7f\x45LF not a program", 18));
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    const auto exit = host::make_process_runner()->run({.argv = {file.string()}}, {});
    REQUIRE_FALSE(exit);
    CHECK_THAT(render(exit.error(), false), ContainsSubstring("Exec format error"));
}

TEST_CASE("directory and environment are the child's, and nothing else") {
    const test::TempDir directory;
    host::Environment environment;
    environment.set("ONLY", "this one");
    const auto exit =
        host::make_process_runner()->run({.argv = {"/bin/sh", "-c", "pwd; env | grep -v ^PWD= | sort"},
                                          .directory = directory.path(),
                                          .environment = environment},
                                         {});
    REQUIRE(exit);
    CHECK_THAT(exit->output, ContainsSubstring(directory.path().string() + "\n"));
    CHECK_THAT(exit->output, ContainsSubstring("ONLY=this one\n"));
    CHECK_THAT(exit->output, !ContainsSubstring("HOME="));
}

TEST_CASE("a relative program with a folder is looked up in the working directory") {
    const test::TempDir directory;
    std::filesystem::permissions(directory.write("tools/hello", "#!/bin/sh\necho hello\n"),
                                 std::filesystem::perms::owner_all);
    const auto exit =
        host::make_process_runner()->run({.argv = {"tools/hello"}, .directory = directory.path()}, {});
    REQUIRE(exit);
    CHECK(exit->output == "hello\n");
}

TEST_CASE("a daemon that keeps the pipe open does not delay the end") {
    std::string output;
    const auto took = timed([&] {
        const auto exit = host::make_process_runner()->run(shell("echo done; sleep 2 & exit 0"), {});
        REQUIRE(exit);
        CHECK(exit->success());
        output = exit->output;
    });
    CHECK(took < 1s);
    CHECK(output == "done\n");
}

TEST_CASE("no descriptor but the three standard ones reaches the child") {
    const test::TempDir directory;
    std::ofstream held(directory / "held");
    const auto exit =
        host::make_process_runner()->run(shell("ls /proc/self/fd | sort -n | tr '\\n' ' '"), {});
    REQUIRE(exit);
    CHECK(exit->output == "0 1 2 3 ");  // 3 is the folder that ls itself reads
}

TEST_CASE("all of a large output passes on_output and the log; only the end is kept") {
    const test::TempDir directory;
    std::size_t seen = 0;
    const host::RunOptions options{
        .on_output = [&](std::string_view piece) { return seen += piece.size(), host::Reaction{}; },
        .log = directory / "logs/run.log",
        .keep = 1000};
    const auto runner = host::make_process_runner();
    const auto exit = runner->run(shell("seq 1 100000; echo last"), options);
    REQUIRE(exit);
    CHECK(seen == 588900);
    CHECK(std::filesystem::file_size(directory / "logs/run.log") == 588900);
    CHECK(exit->output.size() == 1000);
    CHECK(exit->output.ends_with("99999\n100000\nlast\n"));

    REQUIRE(runner->run(shell("echo more"), options));
    CHECK(std::filesystem::file_size(directory / "logs/run.log") == 588905);
}

TEST_CASE("standard input is empty unless it is fed") {
    const auto exit = host::make_process_runner()->run(shell("read line; echo \"$?\""), {});
    REQUIRE(exit);
    CHECK(exit->output == "1\n");
}

TEST_CASE("a reaction feeds the child's input") {
    std::string all;
    const host::RunOptions options{.on_output = [&](std::string_view piece) -> host::Reaction {
                                       all += piece;
                                       if (all.ends_with("name? ")) return {.input = "Ada\n"};
                                       return {};
                                   },
                                   .feed_input = true};
    const auto exit =
        host::make_process_runner()->run(shell("printf 'name? '; read name; echo \"hello $name\""), options);
    REQUIRE(exit);
    CHECK(exit->success());
    CHECK(exit->output == "name? hello Ada\n");
}

TEST_CASE("input for a child that closed its stdin does no harm") {
    const host::RunOptions options{
        .on_output = [](std::string_view) { return host::Reaction{.input = std::string(1 << 20, 'x')}; },
        .feed_input = true};
    const auto exit =
        host::make_process_runner()->run(shell("exec <&-; echo a; sleep 0.1; echo b; sleep 0.1"), options);
    REQUIRE(exit);
    CHECK(exit->success());
}

TEST_CASE("a reaction ends the child") {
    const host::RunOptions options{
        .on_output = [](std::string_view piece) { return host::Reaction{.stop = piece.contains("enough")}; }};
    const auto exit = host::make_process_runner()->run(shell("echo enough; exec sleep 60"), options);
    REQUIRE(exit);
    CHECK(exit->stopped);
    CHECK_FALSE(exit->success());
}

TEST_CASE("on_output is called about once a second while the child is silent") {
    int calls = 0;
    const host::RunOptions options{.on_output = [&](std::string_view piece) {
        CHECK(piece.empty());
        ++calls;
        return host::Reaction{};
    }};
    REQUIRE(host::make_process_runner()->run(shell("sleep 1.5"), options));
    CHECK(calls == 1);
}

TEST_CASE("the time limit ends the whole process group") {
    const test::TempDir directory;
    const auto script = "sleep 60 & echo $! > " + shell_quote((directory / "pid").string()) + "; wait";
    const auto exit = host::make_process_runner()->run(shell(script), {.time_limit = 300ms});
    REQUIRE(exit);
    CHECK(exit->timed_out);
    CHECK_FALSE(exit->stopped);
    CHECK(gone_soon(pid_in(directory / "pid")));
}

TEST_CASE("the stop token ends a group whose leader is gone and whose rest ignores SIGTERM") {
    const test::TempDir directory;
    const auto pid_file = shell_quote((directory / "pid").string());
    const auto script = "(trap '' TERM; while :; do sleep 0.1; done) & echo $! > " + pid_file + "; wait";
    std::stop_source source;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(200ms);
        source.request_stop();
    });
    std::optional<Result<host::Exit>> exit;
    const auto took = timed([&] {
        exit = host::run_checked(*host::make_process_runner(), shell(script),
                                 {.grace = 500ms, .stop = source.get_token()});
    });
    REQUIRE_FALSE(*exit);
    CHECK(exit->error().kind == ErrorKind::interrupted);
    CHECK(took > 700ms);  // 200 ms until the stop, then the grace period
    CHECK(took < 3s);
    CHECK(gone_soon(pid_in(directory / "pid")));
}

TEST_CASE("a run whose stop was asked for beforehand ends at once") {
    std::stop_source source;
    source.request_stop();
    const auto took = timed([&] {
        const auto exit =
            host::make_process_runner()->run(shell("exec sleep 60"), {.stop = source.get_token()});
        REQUIRE(exit);
        CHECK(exit->stopped);
    });
    CHECK(took < 1s);
}

TEST_CASE("a log that cannot be written is an error") {
    const auto exit = host::make_process_runner()->run(shell("echo x"), {.log = "/dev/full"});
    REQUIRE_FALSE(exit);
    CHECK_THAT(render(exit.error(), false), ContainsSubstring("No space left on device"));
}

TEST_CASE("a failure shows directory, command, log and the last lines") {
    const test::TempDir directory;
    const auto result =
        host::run_checked(*host::make_process_runner(),
                          {.argv = {"sh", "-c", "seq 1 100; exit 2"}, .directory = directory.path()},
                          {.log = directory / "build log.txt"});
    REQUIRE_FALSE(result);
    const std::string text = render(result.error(), false);
    CHECK_THAT(text, ContainsSubstring("error: sh failed with exit code 2\n"));
    CHECK_THAT(text, ContainsSubstring("sh -c 'seq 1 100; exit 2'"));
    CHECK_THAT(text, ContainsSubstring(directory.path().string()));
    CHECK_THAT(text, ContainsSubstring("    76\n"));
    CHECK_THAT(text, !ContainsSubstring("    75\n"));
    CHECK_THAT(text, ContainsSubstring("less +G '" + (directory / "build log.txt").string() + "'"));
}

TEST_CASE("programs are found in PATH, then in sbin") {
    const test::TempDir directory;
    std::filesystem::permissions(directory.write("bin/tool", "#!/bin/sh\n"),
                                 std::filesystem::perms::owner_all);
    directory.write("bin/not-executable", "");
    host::Environment environment;
    environment.set("PATH", (directory / "bin").string());
    const auto runner = host::make_process_runner();
    CHECK(runner->find_program("tool", environment) == directory / "bin/tool");
    CHECK_FALSE(runner->find_program("not-executable", environment));
    CHECK_FALSE(runner->find_program("", environment));
    CHECK(runner->find_program("ldconfig", environment) == "/usr/sbin/ldconfig");
}
