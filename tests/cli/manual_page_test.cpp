#include "sdk/cli/manual_page.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

TEST_CASE("a manual page has what the command's table has, safe for roff") {
    cli::CommandPage program{.name = "rpi-kit", .title = "rpi-kit", .summary = "Does it."};
    program.commands.push_back({.name = "try",
                                .title = "rpi-kit try",
                                .summary = "Try \\ .things",
                                .examples = "  .rpi-kit try\n  'quoted'\n",
                                .options = {{.names = {"-x", "--extra"},
                                             .value = "N",
                                             .description = ".starts like a request",
                                             .choices = {"a", "b"}}}});
    const auto text = cli::manual_page(program, program.commands.front());
    CHECK(text.starts_with(".TH RPI\\-KIT\\-TRY 1 "));
    CHECK(text.contains("rpi\\-kit\\-try \\- Try \\e .things\n"));
    CHECK(text.contains("\\fB\\-x, \\-\\-extra\\fR \\fIN\\fR\n\\&.starts like a request.\nOne of a, b.\n"));
    CHECK(text.contains("\\&.rpi\\-kit try\n\\&'quoted'\n"));
}

TEST_CASE("man and mandoc find no fault with any page") {
    const test::TempDir work;
    const auto written = test::run_program({RPIKIT_PROGRAM, "man", "--folder", (work / "man1").string()},
                                           {.directory = work.path(), .home = work.path()});
    REQUIRE(written.code == 0);
    std::vector<std::string> pages;
    for (const auto& file : fs::directory_iterator(work / "man1"))
        pages.push_back(file.path().string());
    REQUIRE(pages.size() == cli::manual_pages(cli::program_page()).size());
    const bool man = fs::exists("/usr/bin/man") && fs::exists("/usr/bin/groff");
    const bool mandoc = fs::exists("/usr/bin/mandoc");
    if (!man && !mandoc) SKIP("neither man with groff nor mandoc here");
    for (const auto& page : pages) {
        INFO(page);
        if (man) {
            const auto run = test::run_program({"/usr/bin/man", "--warnings", "-E", "UTF-8", "-l", page},
                                               {.directory = work.path(), .home = work.path()});
            CHECK(run.code == 0);
            CHECK(run.err.empty());
            CHECK(run.out.contains("EXIT STATUS"));
        }
        if (mandoc) {
            const auto run = test::run_program({"/usr/bin/mandoc", "-T", "lint", "-W", "warning", page},
                                               {.directory = work.path(), .home = work.path()});
            INFO(run.out);
            CHECK(run.code == 0);
        }
    }
}

TEST_CASE("rpi-kit man prints one page, and knows near names") {
    const test::TempDir work;
    const auto run = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), RPIKIT_PROGRAM);
        return test::run_program(arguments, {.directory = work.path(), .home = work.path()});
    };
    CHECK(run({"man", "build"}).out.contains("\n.SH EXAMPLES\n"));
    CHECK(run({"man"}).out.contains("\n.SH COMMANDS\n"));
    const auto wrong = run({"man", "biuld"});
    CHECK(wrong.code == 2);
    CHECK(wrong.err.contains("hint: rpi-kit man build"));
    CHECK(run({"man", "__complete"}).code == 2);
}
