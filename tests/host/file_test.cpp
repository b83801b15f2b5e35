#include "sdk/host/file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <functional>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// Runs `work` in a child process as an ordinary user, whom rights apply to; true when it returned true.
bool as_ordinary_user(const std::function<bool()>& work) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        const bool user = ::geteuid() != 0 || ::setuid(65534) == 0;
        ::_exit(user && work() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a file is read whole, up to the limit") {
    const test::TempDir directory;
    const std::string content = "a\0b\n" + std::string(200'000, 'x');
    const auto file = directory.write("file", content);
    CHECK(host::read_file(file) == content);
    CHECK(host::read_file(file, content.size()) == content);
    const auto larger = host::read_file(file, content.size() - 1);
    REQUIRE_FALSE(larger);
    CHECK_THAT(larger.error().message, ContainsSubstring("is larger than"));
    CHECK(host::read_file(directory.write("empty", ""), 0) == "");
}

TEST_CASE("a file that says it is empty is read to its end") {
    const auto text = host::read_file("/proc/self/status");
    REQUIRE(text);
    CHECK_THAT(*text, ContainsSubstring("Pid:"));
}

TEST_CASE("what cannot be read is named with its cause") {
    const test::TempDir directory;
    const auto missing = host::read_file(directory / "missing");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message == "cannot read " + (directory / "missing").string());
    CHECK(missing.error().causes == std::vector<std::string>{"No such file or directory"});
    const auto folder = host::read_file(directory.path());
    REQUIRE_FALSE(folder);
    CHECK(folder.error().causes == std::vector<std::string>{"Is a directory"});
}

TEST_CASE("a written file replaces the old one, whatever the umask, and leaves nothing beside it") {
    const test::TempDir directory;
    const auto file = directory.write("file", "old");
    const mode_t mask = ::umask(077);
    const auto written = host::write_file(file, "new");
    ::umask(mask);
    REQUIRE(written);
    CHECK(host::read_file(file) == "new");
    CHECK((fs::status(file).permissions() & fs::perms::all) == fs::perms(0644));
    CHECK(entries(directory.path()) == 1);
}

TEST_CASE("writing the same content leaves the file untouched") {
    const test::TempDir directory;
    const auto file = directory.write("file", "same");
    struct stat before{};
    struct stat after{};
    REQUIRE(::stat(file.c_str(), &before) == 0);
    REQUIRE(host::write_file(file, "same"));
    REQUIRE(::stat(file.c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);
    REQUIRE(host::write_file(file, "diff"));
    REQUIRE(::stat(file.c_str(), &after) == 0);
    CHECK(before.st_ino != after.st_ino);
}

TEST_CASE("a write that fails leaves the old file and nothing else") {
    const test::TempDir directory;
    directory.write("target/inside", "kept");
    const auto over_folder = host::write_file(directory / "target", "x");
    REQUIRE_FALSE(over_folder);
    CHECK(entries(directory.path()) == 1);
    CHECK_FALSE(host::write_file(directory / "no/such/folder/file", "x"));
    CHECK_FALSE(fs::exists(directory / "no"));
}

TEST_CASE("missing rights are named with what to look at") {
    const test::TempDir directory;
    fs::permissions(directory.path(), fs::perms(0555));
    CHECK(as_ordinary_user([&] {
        const auto written = host::write_file(directory / "file", "x");
        return !written && render(written.error(), false).contains("Permission denied") &&
               written.error().hint.contains("ls -ld");
    }));
}

TEST_CASE("a full disk is named with what to do") {
    const auto error = host::file_error("cannot write", "out/image file", ENOSPC);
    CHECK(error.causes == std::vector<std::string>{"No space left on device"});
    CHECK_THAT(error.hint, ContainsSubstring("df -h out"));
}

TEST_CASE("folders are made, and a file in the way is an error") {
    const test::TempDir directory;
    CHECK(host::make_directories(directory / "a/b/c"));
    CHECK(host::make_directories(directory / "a/b/c"));
    directory.write("file", "");
    const auto blocked = host::make_directories(directory / "file");
    REQUIRE_FALSE(blocked);
    CHECK_THAT(blocked.error().message, ContainsSubstring((directory / "file").string()));
    CHECK_FALSE(host::make_directories(directory / "file/below"));
}

TEST_CASE("a tree with read-only folders is removed, as an ordinary user too, and links are not followed") {
    const test::TempDir directory;
    fs::permissions(directory.path(), fs::perms::all);
    directory.write("outside/kept", "kept");
    CHECK(as_ordinary_user([&] {
        const fs::path tree = directory / "tree";
        fs::create_directories(tree / "a/b");
        fs::create_directory_symlink(directory / "outside", tree / "a/link");
        if (!host::write_file(tree / "a/b/file", "x")) return false;
        for (const char* folder : {"a/b", "a", "."})
            fs::permissions(tree / folder, fs::perms(0555));
        return host::remove_tree(tree).has_value() && !fs::exists(tree);
    }));
    CHECK(host::read_file(directory / "outside/kept") == "kept");
    CHECK(host::remove_tree(directory / "missing"));
}

TEST_CASE("a rename replaces a file but never a folder") {
    const test::TempDir directory;
    CHECK(host::rename_path(directory.write("new", "new"), directory.write("old", "old")));
    CHECK(host::read_file(directory / "old") == "new");

    fs::create_directories(directory / "from");
    fs::create_directories(directory / "empty");
    const auto over_folder = host::rename_path(directory / "from", directory / "empty");
    REQUIRE_FALSE(over_folder);
    CHECK(over_folder.error().causes == std::vector<std::string>{"File exists"});
    CHECK(host::rename_path(directory / "from", directory / "to"));
    CHECK_FALSE(host::rename_path(directory / "from", directory / "again"));
}

TEST_CASE("what a killed process left under temporary names of a target goes when the next one is made") {
    const test::TempDir directory;
    const auto target = directory.write("target", "kept");
    directory.write("outside/kept", "kept");
    const pid_t killed = ::fork();
    if (killed == 0) {
        fs::create_directories(host::temporary_sibling(target) / "folder");
        fs::create_directory_symlink(directory / "outside", host::temporary_sibling(target));
        ::raise(SIGKILL);
    }
    ::waitpid(killed, nullptr, 0);
    REQUIRE(entries(directory.path()) == 4);
    const auto made = host::temporary_sibling(target);
    CHECK_FALSE(fs::exists(made));
    CHECK(entries(directory.path()) == 2);
    CHECK(fs::exists(directory / "outside/kept"));
}

TEST_CASE("a file that is written anew takes along what a killed process left of it") {
    const test::TempDir directory;
    const auto file = directory.write("file", "old");
    const pid_t killed = ::fork();
    if (killed == 0) ::_exit(::creat(host::temporary_sibling(file).c_str(), 0600) < 0 ? 1 : 0);
    ::waitpid(killed, nullptr, 0);
    REQUIRE(entries(directory.path()) == 2);
    REQUIRE(host::write_file(file, "new"));
    CHECK(entries(directory.path()) == 1);
}

TEST_CASE("temporary siblings that somebody works on stay") {
    const test::TempDir directory;
    const auto target = directory / "target";
    const auto ours = host::temporary_sibling(target);
    fs::create_directories(ours);
    const pid_t living = ::fork();
    if (living == 0) {
        fs::create_directories(host::temporary_sibling(target) / "done");
        while (true)
            ::pause();
    }
    while (entries(directory.path()) < 2)
        ::usleep(1000);
    host::temporary_sibling(target);
    CHECK(entries(directory.path()) == 2);
    ::kill(living, SIGKILL);
    ::waitpid(living, nullptr, 0);
    host::temporary_sibling(target);
    CHECK(entries(directory.path()) == 1);
    host::temporary_sibling(target, host::Leftovers::all);
    CHECK(fs::exists(ours));
}

TEST_CASE("an earlier process with our id is told from us") {
    const test::TempDir directory;
    auto name = host::temporary_sibling(directory / "target").string();
    const auto serial = name.find('-', directory.path().string().size()) + 1;
    name.replace(serial, name.find('-', serial) - serial, "4000000000");
    fs::create_directories(name);
    host::temporary_sibling(directory / "target");
    CHECK_FALSE(fs::exists(name));
}

TEST_CASE("a process of another container cannot be asked for: its temporary siblings stay for an hour") {
    const test::TempDir directory;
    const auto target = directory / "target";
    const auto left = directory.write(".target.1-0-1234abcd.tmp", "");
    const auto left_at = [&](std::chrono::minutes age) {
        directory.write(left.filename().string(), "");
        fs::last_write_time(left, fs::file_time_type::clock::now() - age);
    };
    left_at(std::chrono::minutes(59));
    host::temporary_sibling(target);
    CHECK(fs::exists(left));
    left_at(std::chrono::minutes(61));
    host::temporary_sibling(target);
    CHECK_FALSE(fs::exists(left));
    // Unless it cannot be at work.
    left_at(std::chrono::minutes(0));
    host::temporary_sibling(target, host::Leftovers::all);
    CHECK_FALSE(fs::exists(left));
}

TEST_CASE("names that are only like those of a target's temporary siblings are left alone") {
    const test::TempDir directory;
    for (const auto* name :
         {"target", ".target", ".target.tmp", ".target.1-0.tmp", ".target.x-0-1234abcd.tmp",
          ".target.0-0-1234abcd.tmp", ".target.-1-0-1234abcd.tmp", ".target.1-0-12.tmp.pipe",
          ".target.2.1-0-1234abcd.tmp", ".target.1-0-2.1-0-1234abcd.tmp", ".targe.1-0-12.tmp",
          "target.1-0-1234abcd.tmp", ".target..tmp", ".target.1--12.tmp"}) {
        directory.write(name, "");
    }
    const auto before = entries(directory.path());
    host::temporary_sibling(directory / "target", host::Leftovers::all);
    CHECK(entries(directory.path()) == before);
    directory.write(".target.1-0-1234abcd.tmp", "");
    host::temporary_sibling(directory / "target", host::Leftovers::all);
    CHECK(entries(directory.path()) == before);
}

TEST_CASE("temporary names differ, stay in the folder and fit the file system") {
    const fs::path target = fs::path("/some/folder") / std::string(255, 'n');
    const auto first = host::temporary_sibling(target);
    const auto second = host::temporary_sibling(target);
    CHECK(first != second);
    CHECK(first.parent_path() == "/some/folder");
    CHECK(first.filename().string().starts_with("."));
    CHECK(first.filename().string().size() <= 255);
}
