#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "sdk/cli/command.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace test = rpikit::test;

TEST_CASE("every command's help shows its summary and examples that start with the command") {
    const test::TempDir work;
    std::set<std::string_view> names;
    for (const auto& command : rpikit::cli::commands()) {
        INFO(command.name);
        CHECK(names.insert(command.name).second);
        CHECK_FALSE(command.summary.empty());
        CHECK(command.examples.starts_with("  rpi-kit " + std::string(command.name)));
        const auto help = test::run_program({RPIKIT_PROGRAM, std::string(command.name), "--help"},
                                            {.directory = work.path(), .home = work.path()});
        CHECK(help.code == 0);
        CHECK(help.out.contains(command.examples));
        CHECK(help.err.empty());
    }
}

TEST_CASE("the page about adding a command names the files that are there") {
    const std::filesystem::path source = RPIKIT_SOURCE_DIR;
    std::ifstream stream(source / "docs" / "adding-a-command.md");
    std::stringstream page;
    page << stream.rdbuf();
    for (const auto* file : {"sdk/cli/commands.cpp", "sdk/cli/command.hpp", "tests/cli/snapshot_test.cpp"}) {
        CHECK(page.str().contains(file));
        CHECK(std::filesystem::exists(source / file));
    }
    // The row in the page has the fields of the real one.
    for (const auto* field : {".name =", ".summary =", ".examples =", ".setup ="})
        CHECK(page.str().contains(field));
}
