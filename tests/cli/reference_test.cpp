// docs/reference is made of the program's tables. After a change of these: RPIKIT_UPDATE_SNAPSHOTS=1
// test_cli.

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "sdk/cli/reference_page.hpp"
#include "sdk/host/file.hpp"

using namespace rpikit;

TEST_CASE("the pages of docs/reference say what the tables say") {
    const std::filesystem::path folder = RPIKIT_SOURCE_DIR "/docs/reference";
    const auto program = cli::program_page();
    for (const auto& [name, text] : {std::pair{"commands.md", cli::commands_reference(program)},
                                     {"exit-codes.md", cli::exit_codes_reference()},
                                     {"settings.md", cli::settings_reference()}}) {
        if (std::getenv("RPIKIT_UPDATE_SNAPSHOTS") != nullptr) REQUIRE(host::write_file(folder / name, text));
        const auto page = host::read_file(folder / name);
        REQUIRE(page);
        INFO(name);
        CHECK(*page == text);
        CHECK_FALSE(text.contains(RPIKIT_SOURCE_DIR));
    }
}

TEST_CASE("a page names every command, option and choice, and nothing that is hidden") {
    const auto program = cli::program_page();
    const auto text = cli::commands_reference(program);
    for (const auto* expected : {"\n## rpi-kit build\n", "\n### rpi-kit usb boot\n", "`-j, --jobs UINT`",
                                 "(one of `bios`, `uefi`)", "rpi-kit build rpi4 --dry-run", "`DEVICE`"})
        CHECK(text.contains(expected));
    CHECK_FALSE(text.contains("__complete"));
    CHECK(program.find("__complete") != nullptr);
    // Examples stand once, with the command that they are of.
    CHECK_FALSE(program.find("usb")->examples.empty());
    CHECK(program.find("usb")->find("boot")->examples.empty());
    // An option group is not a command.
    CHECK(program.find("board")->find("new")->usage() == "rpi-kit board new [OPTIONS] NAME");
    CHECK(text.contains("`--from BOARD`"));
    CHECK(program.find("build")->usage() == "rpi-kit build [OPTIONS] BOARD");
}
