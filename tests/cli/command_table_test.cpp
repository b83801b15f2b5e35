#include <CLI/CLI.hpp>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "sdk/cli/command.hpp"
#include "sdk/host/file.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/fake_terminal.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_host.hpp"

namespace test = rpikit::test;
namespace cli = rpikit::cli;

namespace rpikit::cli {
Command hello_command();  // tests/cli/example_command.cpp, the example of the page
}

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

TEST_CASE(
    "the page about adding a command names the files that are there, and its example is compiled here") {
    const std::filesystem::path source = RPIKIT_SOURCE_DIR;
    const auto page = rpikit::host::read_file(source / "docs/adding-a-command.md").value();
    for (const auto* file : {"sdk/cli/commands.cpp", "sdk/cli/command.hpp", "tests/cli/snapshot_test.cpp",
                             "sdk/cli/completion.cpp", "sdk/cli/settings_table.cpp"}) {
        CHECK(page.contains(file));
        CHECK(std::filesystem::exists(source / file));
    }
    const auto code = rpikit::host::read_file(source / "tests/cli/example_command.cpp").value();
    REQUIRE(code.size() > 500);
    CHECK(page.contains("```cpp\n" + code + "```\n"));
}

TEST_CASE("the example of the page about adding a command works") {
    test::FakeProcessRunner processes;
    test::TestHost host{processes};
    test::FakeTerminal terminal(false);
    rpikit::host::StageDisplay display(terminal, host.clock);
    std::string out;
    const auto run = [&](bool json, const std::string& board) {
        out.clear();
        CLI::App app;
        const auto runner = cli::hello_command().setup(app);
        app.parse(board);
        return runner({.host = host.host(),
                       .screen = terminal,
                       .display = display,
                       .out = [&out](std::string_view text) { out += text; },
                       .work = {},
                       .boards = {.folders = {std::filesystem::path(RPIKIT_SOURCE_DIR) / "boards"}},
                       .toolchains = {},
                       .program = {},
                       .json = json});
    };
    CHECK(run(false, "rpi4") == 0);
    CHECK(out == "hello Raspberry Pi 4 Model B\n");
    CHECK(run(true, "rpi4") == 0);
    CHECK(nlohmann::json::parse(out)["greeting"] == "hello Raspberry Pi 4 Model B");
    CHECK_FALSE(run(false, "rpi44"));
}
