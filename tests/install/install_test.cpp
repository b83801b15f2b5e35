// What `cmake --install` leaves is a program and libraries that work from any folder, also when they were
// moved.

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <regex>
#include <set>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

const fs::path source = RPIKIT_SOURCE_DIR;

test::ProgramRun run(const test::TempDir& work, std::vector<std::string> argv) {
    // The folder with the data is found without being told.
    argv.insert(argv.begin(), {"/usr/bin/env", "-u", "RPI_KIT_DATA"});
    return test::run_program(argv, {.directory = work.path(), .home = work / "home"});
}

fs::path installed(const test::TempDir& work) {
    const auto prefix = work / "prefix";
    const auto done =
        run(work, {"/usr/bin/cmake", "--install", RPIKIT_BUILD_DIR, "--prefix", prefix.string()});
    INFO(done.err);
    REQUIRE(done.code == 0);
    return prefix;
}

void check_program(const test::TempDir& work, const fs::path& prefix) {
    const auto program = (prefix / "bin/rpi-kit").string();
    const auto boards = run(work, {program, "board", "list", "--json"});
    CHECK(boards.code == 0);
    CHECK(boards.out.contains((prefix / "share/rpi-kit/boards/rpi4.toml").string()));
    CHECK_FALSE(boards.out.contains(source.string()));
    CHECK(run(work, {program, "toolchain", "list"}).out.contains("aarch64-linux-gnu"));
    const auto plan =
        run(work, {program, "build", "rpi4", "--profile", "tiny", "--source", "dir:.", "--dry-run"});
    INFO(plan.err);
    CHECK_FALSE(plan.out.contains(source.string()));
    CHECK_FALSE(plan.err.contains(source.string()));
}

/// An image with a partition table of one entry.
fs::path small_image(const test::TempDir& work) {
    std::string image(2 << 20, '\0');
    image[446 + 4] = '\x0c';   // type
    image[446 + 9] = '\x08';   // first sector 2048
    image[446 + 13] = '\x08';  // 2048 sectors
    image.replace(510, 2, "\x55\xaa");
    return work.write("small.img", image);
}

}  // namespace

TEST_CASE("the installed program works from any folder, also when it was moved") {
    const test::TempDir work;
    const auto prefix = installed(work);
    check_program(work, prefix);
    fs::rename(prefix, work / "moved");
    check_program(work, work / "moved");
    for (const auto* file :
         {"share/man/man1/rpi-kit.1.gz", "share/man/man1/rpi-kit-build.1.gz",
          "share/bash-completion/completions/rpi-kit", "share/zsh/vendor-completions/_rpi-kit",
          "share/fish/vendor_completions.d/rpi-kit.fish", "share/doc/rpi-kit/README.md"})
        CHECK(fs::exists(work / "moved" / file));
}

TEST_CASE("installed headers include installed headers alone") {
    const test::TempDir work;
    const auto headers = installed(work) / "include/rpikit";
    const std::regex pattern(R"re(#include "([^"]+)")re");
    std::size_t count = 0;
    for (const auto& file : fs::recursive_directory_iterator(headers)) {
        if (file.path().extension() != ".hpp") continue;
        ++count;
        const auto text = host::read_file(file.path());
        REQUIRE(text);
        for (std::sregex_iterator match(text->begin(), text->end(), pattern); match != std::sregex_iterator();
             ++match) {
            INFO(file.path() << " includes " << (*match)[1]);
            CHECK(fs::exists(headers / (*match)[1].str()));
        }
    }
    CHECK(count > 20);
}

TEST_CASE("a program of somebody else's finds, links and uses the libraries") {
    const test::TempDir work;
    auto prefix = installed(work);
    fs::rename(prefix, work / "moved");
    prefix = work / "moved";
    const auto build = (work / "build").string();
    const auto configured =
        run(work, {"/usr/bin/cmake", "-S", (source / "tests/consumer").string(), "-B", build,
                   "-DCMAKE_PREFIX_PATH=" + prefix.string(),
                   "-DRPIKIT_HEADERS=" + (prefix / "include/rpikit").string(),
                   "-DCMAKE_CXX_COMPILER=" RPIKIT_COMPILER, "-DCMAKE_CXX_FLAGS=" RPIKIT_FLAGS});
    INFO(configured.out << configured.err);
    REQUIRE(configured.code == 0);
    const auto built = run(work, {"/usr/bin/cmake", "--build", build, "--parallel", "2"});
    INFO(built.out << built.err);
    REQUIRE(built.code == 0);
    const auto data = prefix / "share/rpi-kit";
    const auto used = run(work, {build + "/consumer", (data / "boards").string(),
                                 (data / "toolchains").string(), "rpi4", small_image(work).string()});
    INFO(used.err);
    CHECK(used.code == 0);
    CHECK(used.out == "board rpi4: arm64\npartition 1: 0x0c\nwritten and verified, with its table\n");
    // What is not there is an error of the library's, with its place.
    const auto wrong = run(work, {build + "/consumer", (data / "boards").string(),
                                  (data / "toolchains").string(), "rpi44", small_image(work).string()});
    CHECK(wrong.code == 1);
    CHECK(wrong.err.contains("rpi44"));
}

TEST_CASE("nothing that is installed names the checkout") {
    const test::TempDir work;
    const auto prefix = installed(work);
    for (const auto& file : fs::recursive_directory_iterator(prefix)) {
        const auto extension = file.path().extension();
        if (!file.is_regular_file() || extension == ".a" || file.path().filename() == "rpi-kit") continue;
        INFO(file.path());
        CHECK_FALSE(host::read_file(file.path())->contains(source.string()));
    }
}

TEST_CASE("the package recommends what doctor looks for") {
    const auto text = host::read_file(source / "sdk/install/debian.cmake");
    REQUIRE(text);
    const auto from = text->find("_RECOMMENDS");
    const auto listed = text->substr(from, text->find(')', from) - from);
    const auto tools = host::read_file(source / "sdk/kernel/host_tools.cpp");
    REQUIRE(tools);
    const std::regex row(R"re(Row\{"([^"]+)", "([^"]+)",[^}]*\})re");
    std::set<std::string> packages;
    for (std::sregex_iterator match(tools->begin(), tools->end(), row); match != std::sregex_iterator();
         ++match) {
        if ((*match)[0].str().contains("Need::sometimes")) continue;
        if ((*match)[2] == "gzip") continue;  // essential: every Debian has it
        INFO((*match)[2]);
        packages.insert((*match)[2]);
        CHECK(std::regex_search(listed, std::regex("[ \",\n]" + (*match)[2].str() + "[,\" ]")));
    }
    CHECK(packages.size() > 12);
}
