// The shell script that a user starts first, run in small checkouts: the real script, sdk/packages.sh and
// cmake, stand-ins for what would change the machine.
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "sdk/host/file.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
using Strings = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

const std::string install_flex_and_bison =
    "apt-get update -q && DEBIAN_FRONTEND=noninteractive "
    "apt-get install -q -y --no-install-recommends --no-remove flex bison";

/// A program as small as can be that is built as rpi-kit is; it tells what it was given.
constexpr std::string_view cmake_lists = R"(cmake_minimum_required(VERSION 3.25)
project(stand-in LANGUAGES NONE)
add_custom_target(rpi-kit COMMAND mkdir -p sdk COMMAND cp ${CMAKE_SOURCE_DIR}/sdk/main.sh sdk/rpi-kit)
)";
constexpr std::string_view main_sh = R"(#!/bin/sh
echo "program of @"
echo "command: ${RPI_KIT_COMMAND-unset}"
for argument in "$@"; do echo "<$argument>"; done
)";

/// A checkout, and the only programs that the script finds.
class Fixture {
  public:
    Fixture() {
        fs::permissions(work.path(), fs::perms(0755));
        for (const std::string program :
             {"sh", "awk", "chmod", "cp", "dirname", "env", "find", "flock", "grep", "mkdir", "mktemp", "mv",
              "ninja", "readlink", "rm", "tail", "touch"}) {
            const fs::path real = fs::exists("/usr/bin/" + program) ? "/usr/bin/" : "/bin/";
            fs::create_directories(work / "bin");
            fs::create_symlink(real / program, work / "bin" / program);
        }
        stub("apt-get", "log apt-get \"$@\"");
        stub("cmake", "log cmake \"$@\"; exec /usr/bin/cmake \"$@\"");
        // Tests of distributions' files do not depend on those of this machine.
        stub("cat", R"(case $* in */etc/apt/*) . /etc/os-release
            echo "deb [arch=all] http://mirror.test/debian $VERSION_CODENAME main" ;; *) exec /bin/cat "$@" ;; esac)");
        packages("*) echo 'ii ' ;;");
        user(1000);
    }

    /// A program in the script's PATH: `body` is shell code, `log WORD...` notes a call.
    void stub(const std::string& name, const std::string& body) {
        const auto file = work.write("bin/" + name, "#!/bin/sh\nlog() { echo \"$*\" >>'" +
                                                        (work / "log").string() + "'; }\n" + body + "\n");
        fs::permissions(file, fs::perms(0755));
    }
    /// What dpkg-query says: branches of a shell's `case` of the package's name.
    void packages(const std::string& cases) {
        stub("dpkg-query", "for package; do :; done; case $package in " + cases + " esac");
    }
    void user(int id) { stub("id", "echo " + std::to_string(id)); }
    void sudo() { stub("sudo", "log sudo; user=root; export user; exec \"$@\""); }

    fs::path checkout(const std::string& name) const {
        const fs::path source = RPIKIT_SOURCE_DIR;
        for (const fs::path file : {"rpi-kit", "sdk/packages.sh", "CMakePresets.json"}) {
            fs::create_directories((work / name / file).parent_path());
            fs::copy_file(source / file, work / name / file);
        }
        work.write(name + "/flasher/CMakeLists.txt", "");
        work.write(name + "/CMakeLists.txt", cmake_lists);
        write_main(name, name);
        return work / name;
    }
    /// Gives a checkout a changed source.
    void write_main(const std::string& name, const std::string& text) const {
        std::string script(main_sh);
        script.replace(script.find('@'), 1, text);
        const auto file = work.write(name + "/sdk/main.sh", script);
        fs::permissions(file, fs::perms(0755));
        // Clocks of file systems are coarse.
        if (fs::exists(work / name / "build"))
            fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::seconds(1));
    }

    test::ProgramRun start(const fs::path& directory, const Strings& command, const std::string& path = "",
                           const Strings& become = {}) const {
        Strings argv = become;
        // run_program's own PATH would lead to this machine's programs.
        argv.insert(argv.end(), {"/usr/bin/env", "-i", "RPI_KIT_COMMAND=of an outer run",
                                 "PATH=" + path + (work / "bin").string()});
        argv.insert(argv.end(), command.begin(), command.end());
        return test::run_program(argv, {.directory = directory, .home = work.path()});
    }
    /// Functions of sdk/packages.sh.
    test::ProgramRun run_functions(const std::string& call) const {
        return start(RPIKIT_SOURCE_DIR, {"sh", "-euc", ". ./sdk/packages.sh; " + call});
    }

    /// The calls since the last time.
    std::string calls() const {
        const auto text = host::read_file(work / "log");
        fs::remove(work / "log");
        return text.value_or("");
    }

    test::TempDir work;
};

Strings as_nobody() {
    if (::geteuid() != 0) return {};
    return {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
}

std::string codename(const Fixture& fixture) {
    auto text = fixture.start("/", {"sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"}).out;
    REQUIRE_FALSE(text.empty());
    text.pop_back();
    return text;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "what is missing is installed by root") {
    user(0);
    sudo();
    packages("flex | bison) exit 1 ;; *) echo 'ii ' ;;");
    const auto run = run_functions("install_packages 'what this needs' flex gcc bison; echo went on");
    CHECK(run.code == 0);
    CHECK(run.out == "went on\n");
    CHECK(run.err == "rpi-kit: installing what this needs: flex bison\n");
    CHECK(calls() ==
          "apt-get update -q\napt-get install -q -y --no-install-recommends --no-remove flex bison\n");
}

TEST_CASE_METHOD(Fixture, "what is missing is installed with sudo, which asks once") {
    sudo();
    stub("apt-get", "log \"$user $DEBIAN_FRONTEND $1\"");
    packages("flex | bison) exit 1 ;; *) echo 'ii ' ;;");
    const auto run = run_functions("install_packages 'what this needs' flex gcc bison; echo went on");
    CHECK(run.code == 0);
    CHECK(run.out == "went on\n");
    CHECK(calls() == "sudo\nroot  update\nroot noninteractive install\n");
}

TEST_CASE_METHOD(Fixture, "without root and sudo one line to type is told, and nothing tried") {
    packages("flex | bison) exit 1 ;; *) echo 'ii ' ;;");
    const auto run = run_functions("install_packages 'what this needs' flex gcc bison; echo went on");
    CHECK(run.code == 1);
    CHECK(run.out.empty());
    CHECK(run.err ==
          "rpi-kit: error: missing what this needs: flex bison\n"
          "rpi-kit: installing needs root's rights, and there is no sudo here. Run this as root, then start "
          "again:\n\n" +
              install_flex_and_bison + "\n\n");
    CHECK(calls().empty());

    // What was told does it.
    CHECK(start("/", {"sh", "-c", install_flex_and_bison}).code == 0);
    CHECK(calls() ==
          "apt-get update -q\napt-get install -q -y --no-install-recommends --no-remove flex bison\n");
}

TEST_CASE_METHOD(Fixture, "an installation that fails ends with the line to type") {
    packages("*) exit 1 ;;");
    SECTION("sudo does not know the user") {
        stub("sudo", "echo 'not in the sudoers file' >&2; exit 1");
    }
    SECTION("apt-get fails") {
        user(0);
        stub("apt-get", "exit 100");
    }
    const auto run = run_functions("install_packages 'what this needs' flex bison; echo went on");
    CHECK(run.code == 1);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, EndsWith("\n\n" + install_flex_and_bison + "\n\n"));
}

TEST_CASE_METHOD(Fixture, "a package counts as installed by what is, not by what is wanted") {
    user(0);
    packages(R"(held) echo 'hi ' ;; unwanted) echo 'ri ' ;; removed) echo 'rc ' ;; half) echo 'iH ' ;;
                unpacked) echo 'iU ' ;; held-removed) echo 'hc ' ;; unknown) exit 1 ;; *) echo 'ii ' ;;)");
    CHECK(run_functions("install_packages why held unwanted installed").err.empty());
    CHECK(calls().empty());
    CHECK(
        run_functions("install_packages why held removed half unpacked installed held-removed unknown").err ==
        "rpi-kit: installing why: removed half unpacked held-removed unknown\n");
}

TEST_CASE_METHOD(Fixture, "a machine without apt-get is told what to install") {
    user(0);
    fs::remove(work / "bin/apt-get");
    packages("*) exit 1 ;;");
    const auto run = run_functions("install_packages 'what this needs' flex bison; echo went on");
    CHECK(run.code == 1);
    CHECK(run.err == "rpi-kit: error: no apt-get here; install these what this needs: flex bison\n");
}

TEST_CASE_METHOD(Fixture, "backports come from sources of their own, by root as by what is told") {
    const auto suite = codename(*this);
    // The sources are looked at while they exist.
    stub("apt-get", R"(for word; do case $word in Dir::Etc::sourcelist=*) sources=${word#*=} ;; esac; done
        log "$*"; while read -r line; do log "$line"; done <"$sources")");
    const auto check_calls = [&] {
        auto text = calls();
        const auto start = text.find("sourcelist=") + 11;
        const auto folder = text.substr(start, text.find("/sources.list") - start);
        CHECK_FALSE(fs::exists(folder));
        for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder))
            text.replace(at, folder.size(), "FOLDER");
        const std::string options =
            "-q -o Dir::Etc::sourcelist=FOLDER/sources.list -o Dir::Etc::sourceparts=/dev/null "
            "-o Dir::State::Lists=FOLDER/lists -o Dir::Cache=FOLDER/cache ";
        std::string sources;
        for (const auto& part : {suite, suite + "-backports"})
            sources +=
                "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
                "http://mirror.test/debian " +
                part + " main\n";
        CHECK(text == options + "update\n" + sources + options +
                          "install -y --no-install-recommends --no-remove -t " + suite +
                          "-backports one two\n" + sources);
    };

    auto run = run_functions("install_backports 'what this needs' one two; echo went on");
    CHECK(run.code == 1);
    CHECK(run.out.empty());
    CHECK(calls().empty());
    const std::string head = "rpi-kit: error: missing what this needs, from " + suite +
                             "-backports: one two\n"
                             "rpi-kit: installing needs root's rights, and there is no sudo here. Run this "
                             "as root, then start again:\n\n";
    REQUIRE_THAT(run.err, StartsWith(head + "(\n") && EndsWith("\n)\n\n"));
    CHECK(start("/", {"sh", "-c", run.err.substr(head.size()) + "test $# = 0 && test -z \"$folder\""}).code ==
          0);
    check_calls();

    user(0);
    run = run_functions("install_backports 'what this needs' one two; echo went on");
    CHECK(run.code == 0);
    CHECK(run.out == "went on\n");
    check_calls();
}

TEST_CASE_METHOD(Fixture, "the first run installs, builds and hands over; later ones only hand over") {
    user(0);
    const auto folder = checkout("checkout");
    packages("libfdt-dev) exit 1 ;; *) echo 'ii ' ;;");
    auto run = start(folder, {"./rpi-kit", "two words", "", "--help"});
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(run.out == "program of checkout\ncommand: ./rpi-kit\n<two words>\n<>\n<--help>\n");
    CHECK_THAT(run.err, StartsWith("rpi-kit: installing what rpi-kit itself is built with: libfdt-dev\n"));
    CHECK(calls() ==
          "apt-get update -q\napt-get install -q -y --no-install-recommends --no-remove libfdt-dev\n"
          "cmake --preset release\ncmake --build " +
              (folder / "build/release").string() + " --target rpi-kit\n");

    stub("dpkg-query", "log dpkg-query");
    run = start(folder, {"./rpi-kit"});
    CHECK(run.code == 0);
    CHECK(run.err.empty());
    CHECK(calls().empty());

    packages("*) echo 'ii ' ;;");
    write_main("checkout", "a newer source");
    run = start(folder, {"./rpi-kit"});
    CHECK_THAT(run.out, StartsWith("program of a newer source\n"));
    CHECK_THAT(calls(), StartsWith("cmake --preset release\ncmake --build"));
}

TEST_CASE_METHOD(Fixture, "without root and sudo the first run stops before it makes anything") {
    const auto folder = checkout("checkout");
    packages("libfdt-dev) exit 1 ;; *) echo 'ii ' ;;");
    const auto run = start(folder, {"./rpi-kit", "build", "rpi4"});
    CHECK(run.code == 1);
    CHECK_THAT(run.err, EndsWith("\n\napt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q "
                                 "-y --no-install-recommends --no-remove libfdt-dev\n\n"));
    CHECK(calls().empty());
    CHECK_FALSE(fs::exists(folder / "build"));
}

TEST_CASE_METHOD(Fixture, "a failing build says where to look") {
    const auto folder = checkout("checkout");
    work.write("checkout/CMakeLists.txt",
               "project(stand-in LANGUAGES NONE)\nmessage(FATAL_ERROR \"no such compiler\")\n");
    const auto run = start(folder, {"./rpi-kit"});
    CHECK(run.code == 1);
    CHECK_THAT(run.err, ContainsSubstring("no such compiler") &&
                            EndsWith("error: cmake failed; the whole log is " +
                                     (folder / "build/release/build.log").string() + "\n"));
}

TEST_CASE_METHOD(Fixture, "a checkout that was moved or copied builds from its own sources") {
    const auto folder = checkout("before");
    REQUIRE(start(folder, {"./rpi-kit"}).code == 0);
    calls();
    const auto other = work / "after a move";
    SECTION("moved") {
        fs::rename(folder, other);
    }
    SECTION("copied") {
        fs::copy(folder, other, fs::copy_options::recursive);
    }
    write_main("after a move", "its own");
    // Otherwise this test shows nothing.
    CHECK(start(other, {"/usr/bin/cmake", "--preset", "release"}).code != 0);

    auto run = start(other, {"./rpi-kit"});
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK_THAT(run.out, StartsWith("program of its own\n"));
    CHECK_THAT(run.err, !ContainsSubstring("different"));
    CHECK_THAT(calls(), StartsWith("cmake --preset release --fresh\n"));

    write_main("after a move", "one more change");
    run = start(other, {"./rpi-kit"});
    CHECK_THAT(run.out, StartsWith("program of one more change\n"));
    CHECK_THAT(calls(), StartsWith("cmake --preset release\n"));
}

TEST_CASE_METHOD(Fixture, "the program is told the name it was called by, spaces and all") {
    const auto folder = checkout("a folder");
    const auto script = (folder / "rpi-kit").string();
    const auto told = [&](const fs::path& directory, const Strings& command, const std::string& path = "") {
        const auto run = start(directory, command, path);
        CHECK(run.code == 0);
        return run.out;
    };
    CHECK(told(folder, {"./rpi-kit"}) == "program of a folder\ncommand: ./rpi-kit\n");
    CHECK(told(work.path(), {"a folder/rpi-kit"}) == "program of a folder\ncommand: a folder/rpi-kit\n");
    CHECK(told("/", {script}) == "program of a folder\ncommand: " + script + "\n");
    CHECK(told(folder, {"sh", "rpi-kit"}) == "program of a folder\ncommand: ./rpi-kit\n");

    const auto in_path = folder.string() + ":";
    CHECK(told("/", {"rpi-kit"}, in_path) == "program of a folder\ncommand: unset\n");
    CHECK(told(folder, {"./rpi-kit"}, in_path) == "program of a folder\ncommand: unset\n");
    fs::create_directories(work / "links");
    fs::create_symlink(script, work / "links/rpi-kit");
    CHECK(told("/", {"rpi-kit"}, (work / "links").string() + ":") == "program of a folder\ncommand: unset\n");

    // Another rpi-kit in PATH is not the one that was called.
    stub("rpi-kit", "exit 0");
    CHECK(told(folder, {"./rpi-kit"}) == "program of a folder\ncommand: ./rpi-kit\n");
}

TEST_CASE_METHOD(Fixture,
                 "a checkout that cannot be written to runs what was built, and says when it cannot build") {
    const auto folder = checkout("checkout");
    SECTION("not yet built") {
        fs::permissions(folder, fs::perms(0555));
        const auto run = start(folder, {"./rpi-kit"}, "", as_nobody());
        CHECK(run.code == 1);
        CHECK(run.err ==
              "rpi-kit: error: " + folder.string() + " cannot be written to, and rpi-kit is built there\n");
        CHECK(calls().empty());
    }
    SECTION("built") {
        REQUIRE(start(folder, {"./rpi-kit"}).code == 0);
        calls();
        fs::permissions(folder, fs::perms(0555));
        const auto run = start(folder, {"./rpi-kit"}, "", as_nobody());
        CHECK(run.code == 0);
        CHECK(run.out == "program of checkout\ncommand: ./rpi-kit\n");
        CHECK(run.err.empty());
    }
}

TEST_CASE_METHOD(Fixture, "git does not show what a killed run leaves at the top") {
    fs::copy_file(fs::path(RPIKIT_SOURCE_DIR) / ".gitignore", work / ".gitignore");
    fs::remove_all(work / "bin");
    work.write(".rpi-kit.lock.4711-0.tmp", "");
    work.write(".board.toml.4711.tmp", "");
    work.write("own.tmp", "");
    const auto git = [&](const Strings& arguments) {
        Strings argv{"/usr/bin/git", "-C", work.path().string()};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return test::run_program(argv, {.directory = work.path(), .home = work / "home"});
    };
    REQUIRE(git({"init", "-q"}).code == 0);
    CHECK(git({"status", "--porcelain"}).out == "?? .gitignore\n?? own.tmp\n");
}
