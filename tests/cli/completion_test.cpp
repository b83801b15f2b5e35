#include "sdk/cli/completion.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "sdk/support/text.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

cli::Completion completed(const Words& words) {
    static const auto program = cli::program_page();
    return cli::complete(
        program, words,
        {.boards = [] { return std::vector<cli::Candidate>{{"rpi4"}, {"x86_64"}}; },
         .toolchains = [] { return std::vector<cli::Candidate>{{"llvm"}}; },
         .profiles =
             [](const std::string& board) { return std::vector<cli::Candidate>{{"tiny"}, {"of-" + board}}; },
         .sources = [](const std::string&) { return std::vector<cli::Candidate>{{"distro"}}; }});
}

Words offered(const Words& words) {
    Words list;
    for (const auto& candidate : completed(words).candidates)
        list.push_back(candidate.word);
    std::ranges::sort(list);
    return list;
}

bool offers(const Words& words, const std::string& word) {
    return std::ranges::count(offered(words), word) > 0;
}

/// A folder to complete in, with the program under its own name in PATH.
class Shell {
  public:
    Shell() {
        fs::create_directories(work / "bin");
        fs::create_symlink(RPIKIT_PROGRAM, work / "bin" / "rpi-kit");
        work.write("some dir/file.img", "");
        work.write("image.img", "");
        for (const auto* shell : {"bash", "zsh", "fish"})
            work.write(std::string("completion.") + shell, run({RPIKIT_PROGRAM, "completion", shell}).out);
    }
    test::ProgramRun run(const Words& argv) const {
        return test::run_program(argv,
                                 {.directory = work.path(), .home = work / "home", .stubs = work / "bin"});
    }

    test::TempDir work;
};

}  // namespace

TEST_CASE("commands, options, choices and names are completed where they belong") {
    CHECK(offers({"bu"}, "build"));
    CHECK_FALSE(offers({"bu"}, "boot"));
    CHECK_FALSE(offers({""}, "__complete"));
    CHECK(offered({"build", "rp"}) == Words{"rpi4"});
    CHECK(offered({"build", "rpi4", "--offl"}) == Words{"--offline"});
    CHECK(offers({"build", "rpi4", "--"}, "--work"));
    CHECK(offered({"boot", "rpi4", "--accelerator", ""}) == Words{"auto", "kvm", "tcg"});
    CHECK(offered({"boot", "rpi4", "--accelerator=k"}) == Words{"--accelerator=kvm"});
    CHECK(offered({"build", "rpi4", "--profile", ""}) == Words{"of-rpi4", "tiny"});
    CHECK(offered({"build", "--offline", "x86_64", "--profile", "of"}) == Words{"of-x86_64"});
    CHECK(offered({"build", "rpi4", "--source", ""}) == Words{"distro"});
    CHECK(offered({"config", ""}) == Words{"rpi4", "x86_64"});
    CHECK(offered({"config", "rpi4", "n"}) == Words{"nconfig"});
    CHECK(offered({"config", "rpi4", "menuconfig", "--fr"}) == Words{"--fresh"});
    CHECK(offered({"-C", "elsewhere", "usb", "bo"}) == Words{"boot"});
    CHECK(offered({"toolchain", "install", ""}) == Words{"llvm"});
    CHECK(offers({"flash", ""}, "rpi4"));
    CHECK(completed({"flash", ""}).files);
    CHECK(completed({"-C", ""}).folders);
    CHECK_FALSE(completed({"-C", ""}).files);
    CHECK(offered({"completion", ""}) == Words{"bash", "fish", "zsh"});
    CHECK(offers({"man", "b"}, "build"));
}

TEST_CASE("nothing is offered where nothing fits") {
    CHECK(offered({"build", "rpi4", ""}).empty());
    CHECK(offered({"build", "rpi4", "--nonsense="}).empty());
    CHECK(offered({"build", "rpi4", "--jobs", ""}).empty());
    CHECK(offered({"nonsense", "more", "--offl"}).empty());
    CHECK(offered({"build", "--", "--offl"}).empty());
    CHECK_FALSE(completed({"flash", "--hostname", ""}).files);
    CHECK(offers({}, "build"));
}

TEST_CASE("bash completes with the script") {
    if (!fs::exists("/bin/bash")) SKIP("no bash");
    const Shell shell;
    const auto ask = [&](const std::string& line) {
        // As readline calls it; words are cut as by COMP_WORDBREAKS.
        const auto script = R"(. ./completion.bash
COMP_LINE=$1 COMP_POINT=${#1}
COMP_WORDS=(); rest=$1; re='^[[:space:]]*([=:]+|[^[:space:]=:]+)'
while [[ $rest =~ $re ]]; do COMP_WORDS+=("${BASH_REMATCH[1]}"); rest=${rest#"${BASH_REMATCH[0]}"}; done
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
complete -p rpi-kit >/dev/null || exit 9
_rpi_kit; printf '%s\n' "${COMPREPLY[@]}")";
        const auto run = shell.run({"/bin/bash", "--norc", "-c", script, "bash", line});
        INFO(run.err);
        CHECK(run.code == 0);
        return run.out;
    };
    CHECK(ask("rpi-kit bu") == "build\n");
    CHECK(ask("rpi-kit build rp").contains("rpi4\n"));
    CHECK(ask("rpi-kit build rpi4 --profile t") == "tiny\n");
    CHECK(ask("rpi-kit build rpi4 --profile=t") == "tiny\n");
    CHECK(ask("rpi-kit boot rpi4 --accelerator=") == "auto\nkvm\ntcg\n");
    CHECK(ask("rpi-kit build rpi4 --offl") == "--offline\n");
    CHECK(ask("rpi-kit inspect im") == "image.img\n");
    CHECK(ask("rpi-kit -C some") == "some dir\n");
    CHECK(ask("rpi-kit toolchain which aarch64").contains("aarch64-linux-gnu\n"));
    CHECK(ask("rpi-kit nonsense x").starts_with("\n"));
}

TEST_CASE("fish completes with the script") {
    if (!fs::exists("/usr/bin/fish")) SKIP("no fish");
    const Shell shell;
    const auto ask = [&](const std::string& line) {
        const auto run = shell.run({"/usr/bin/fish", "--no-config", "-c",
                                    "source completion.fish; complete -C " + shell_quote(line)});
        INFO(run.err);
        CHECK(run.code == 0);
        return run.out;
    };
    CHECK(ask("rpi-kit bui").starts_with("build\tBuild a board's"));
    CHECK(ask("rpi-kit build rpi4 --profile t").starts_with("tiny"));
    CHECK(ask("rpi-kit build rpi4 --offl").starts_with("--offline\t"));
    CHECK(ask("rpi-kit inspect im") == "image.img\n");
}

TEST_CASE("zsh completes with the script") {
    if (!fs::exists("/usr/bin/zsh") && !fs::exists("/bin/zsh")) SKIP("no zsh");
    const Shell shell;
    const auto ask = [&](const std::string& line) {
        // The functions that offer are replaced by ones that say what they were given.
        const auto script = R"(compdef() { }
. ./completion.zsh
_files() { print -r -- "files $*" }
_describe() { shift 2; print -rl -- "${(@P)1}" }
words=(${(z)1}); [[ $1 == *' ' ]] && words+=('')
CURRENT=$#words
_rpi-kit)";
        const auto run = shell.run({"/bin/zsh", "-f", "-c", script, "zsh", line});
        INFO(run.err);
        CHECK(run.code == 0);
        return run.out;
    };
    CHECK(ask("rpi-kit bui").starts_with("build:Build a board's"));
    CHECK(ask("rpi-kit build rpi4 --profile t") == "tiny:\n");
    CHECK(ask("rpi-kit build rpi4 --offl").starts_with("--offline:"));
    CHECK(ask("rpi-kit -C ").contains("files -/"));
    CHECK(ask("rpi-kit inspect im") == "files \n");
}
