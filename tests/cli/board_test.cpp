// `rpi-kit board` as a whole: files written, an editor under a terminal, the schema in a validator.

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sdk/host/file.hpp"
#include "tests/support/program.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
namespace test = rpikit::test;
using rpikit::host::read_file;

const fs::path source = RPIKIT_SOURCE_DIR;

test::ProgramRun rpi_kit(const test::TempDir& work, std::vector<std::string> arguments,
                         std::vector<std::string> environment = {}) {
    arguments.insert(arguments.begin(), RPIKIT_PROGRAM);
    return test::run_program(
        arguments, {.directory = work.path(), .home = work / "home", .environment = std::move(environment)});
}

nlohmann::json answer(const test::ProgramRun& run) {
    return nlohmann::json::parse(run.out);
}

/// An editor that does what the shell script says with the file "$1".
std::string editor(const test::TempDir& work, std::string_view script) {
    const auto file = work.write("editor.sh", "#!/bin/sh\n" + std::string(script) + "\n");
    fs::permissions(file, fs::perms::owner_all);
    return "EDITOR=" + file.string();
}

/// Whether a validator of others takes a TOML file by our schema; what it says otherwise.
std::string validated(const test::TempDir& work, const fs::path& schema, const fs::path& file) {
    constexpr auto script =
        "import json, sys, tomllib, jsonschema\n"
        "schema = json.load(open(sys.argv[1]))\n"
        "jsonschema.Draft202012Validator.check_schema(schema)\n"
        "found = jsonschema.Draft202012Validator(schema).iter_errors(tomllib.load(open(sys.argv[2], 'rb')))\n"
        "print('; '.join('/'.join(map(str, e.absolute_path)) + ': ' + e.message for e in found))\n";
    const auto run = test::run_program({"/usr/bin/python3", "-c", script, schema.string(), file.string()},
                                       {.directory = work.path(), .home = work / "home"});
    INFO(run.err);
    REQUIRE(run.code == 0);
    return run.out.substr(0, run.out.find('\n'));
}

}  // namespace

TEST_CASE("a board file cannot steer the terminal, whatever it is asked for") {
    const test::TempDir work;
    work.write("boards/evil.toml", "extends = \"rpi4\"\n\"\\u001b]0;x\\u0007\" = 1\n");
    work.write("boards/sly.toml", "extends = \"rpi4\"\ndescription = \"\\u001b]0;x\\u0007\"\n");
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"board", "list"},
                                                                       {"board", "check", "evil"},
                                                                       {"board", "show", "evil"},
                                                                       {"board", "show", "sly"},
                                                                       {"build", "evil"}}) {
        const auto run = rpi_kit(work, arguments);
        INFO(arguments.back() << run.out << run.err);
        if (arguments.back() != "sly") CHECK((run.out + run.err).contains("\\x1b]0;x\\x07"));
        CHECK_FALSE((run.out + run.err).contains('\x1b'));
    }
}

TEST_CASE("paths that are not UTF-8 do not stop --json") {
    const test::TempDir work;
    const auto folder = work / "caf\xe9";
    fs::create_directories(folder / "boards");
    work.write("caf\xe9/boards/mine.toml", "extends = \"rpi4\"\n");
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"board", "list"},
                                               {"board", "check", "mine"},
                                               {"board", "show", "mine"},
                                               {"board", "show", "mine", "--resolved"},
                                               {"board", "new", "other", "--from", "rpi4"},
                                               {"toolchain", "list"},
                                               {"settings"}}) {
        auto command = arguments;
        command.insert(command.begin(), {RPIKIT_PROGRAM, "-C", folder.string(), "--json"});
        const auto run = test::run_program(command, {.directory = folder, .home = folder / "home"});
        INFO(arguments[0] << ' ' << arguments.back() << run.out << run.err);
        CHECK(run.code == 0);
        CHECK_FALSE(answer(run).empty());
    }
}

TEST_CASE("a new board is checked, shown and listed") {
    const test::TempDir work;
    const auto made = rpi_kit(work, {"board", "new", "gateway", "--from", "rpi4"});
    INFO(made.err);
    REQUIRE(made.code == 0);
    CHECK(made.out == (work / "boards/gateway.toml").string() + "\n");
    CHECK(fs::exists(work / "boards/board.schema.json"));
    CHECK(rpi_kit(work, {"board", "check", "boards/gateway.toml"}).code == 0);
    const auto shown = answer(rpi_kit(work, {"board", "show", "gateway", "--resolved", "--json"}));
    std::set<std::string> origins;
    for (const auto& value : shown["values"])
        origins.insert(value.contains("default") ? "default" : fs::path(value["file"]).filename().string());
    CHECK(origins ==
          std::set<std::string>{"gateway.toml", "rpi4.toml", "bcm2711.toml", "raspberrypi.toml", "default"});
    const auto again = rpi_kit(work, {"board", "new", "gateway", "--from", "rpi4"});
    CHECK(again.code == 1);
    CHECK(again.err.contains((work / "boards/gateway.toml").string() + " exists already"));
    const auto list = answer(rpi_kit(work, {"board", "list", "--json"}));
    CHECK(list["boards"].size() >= 3);
}

TEST_CASE("a new board under --dry-run is printed, and nothing is written") {
    const test::TempDir work;
    const auto run = rpi_kit(work, {"board", "new", "gateway", "--from", "rpi4", "--dry-run"});
    CHECK(run.code == 0);
    CHECK(run.out.contains("extends = \"rpi4\"\n"));
    CHECK_FALSE(fs::exists(work / "boards"));
}

TEST_CASE("boards of the user and of RPI_KIT_BOARD_PATH are found, the nearest wins") {
    const test::TempDir work;
    const auto named = "XDG_CONFIG_HOME=" + (work / "config").string();
    REQUIRE(rpi_kit(work, {"board", "new", "same", "--from", "rpi4", "--user"}, {named}).code == 0);
    CHECK(fs::exists(work / "config/rpi-kit/boards/same.toml"));
    work.write("first/same.toml", "extends = 'rpi4'\n");
    work.write("second/other.toml", "extends = 'rpi4'\n");
    const std::vector<std::string> environment{
        named, "RPI_KIT_BOARD_PATH=" + (work / "first").string() + "::" + (work / "second").string()};
    const auto list = answer(rpi_kit(work, {"board", "list", "--json"}, environment));
    std::map<std::string, nlohmann::json> boards;
    for (const auto& board : list["boards"])
        boards[board["name"]] = board;
    CHECK(boards["same"]["file"] == (work / "config/rpi-kit/boards/same.toml").string());
    CHECK(boards["same"]["hides"] == nlohmann::json::array({(work / "first/same.toml").string()}));
    CHECK(boards["other"]["file"] == (work / "second/other.toml").string());
    const auto shown = rpi_kit(work, {"board", "show", "same"}, environment);
    CHECK(shown.err == "note: " + (work / "config/rpi-kit/boards/same.toml").string() + " wins over " +
                           (work / "first/same.toml").string() + "\n");
    CHECK_FALSE(rpi_kit(work, {"board", "show", "rpi4"}, environment).err.contains("wins over"));
}

TEST_CASE("a device tree that is none is refused by its name") {
    const test::TempDir work;
    work.write("bad.dtb", "no device tree");
    const auto run = rpi_kit(work, {"board", "new", "box", "--dtb", "bad.dtb"});
    CHECK(run.code == 1);
    CHECK(run.err.contains("bad.dtb cannot be used"));
    CHECK_FALSE(fs::exists(work / "boards"));
    CHECK(rpi_kit(work, {"board", "new", "box", "--dtb", "gone.dtb"}).code == 1);
    CHECK(rpi_kit(work, {"board", "new", "a/b", "--from", "rpi4"}).code == 2);
    CHECK(rpi_kit(work, {"board", "new", "box"}).code == 2);
    CHECK(rpi_kit(work, {"board", "new", "box", "--from", "rpi4", "--soc", "bcm2711"}).code == 2);
}

TEST_CASE("every command that takes a board says when a project's file stands for a delivered one") {
    const test::TempDir work;
    work.write("boards/rpi4.toml", "extends = \"rpi400\"\n");
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"build", "rpi4", "--dry-run"},
                                               {"boot", "rpi4"},
                                               {"flash", "rpi4", "/dev/null", "--dry-run"},
                                               {"config", "rpi4", "show", "HZ", "--offline"},
                                               {"module", "rpi4", "x.ko"},
                                               {"package", "rpi4", "--tar"},
                                               {"sdk", "export", "rpi4", "kit"},
                                               {"initramfs", "rpi4"},
                                               {"doctor", "rpi4"},
                                               {"board", "show", "rpi4"}}) {
        const auto run = rpi_kit(work, arguments);
        INFO(arguments[0] << '\n' << run.err);
        const auto note = "boards/rpi4.toml wins over " + (source / "boards/rpi4.toml").string();
        const auto at = run.err.find(note);
        CHECK(at != std::string::npos);
        CHECK(run.err.find(note, at + 1) == std::string::npos);
    }
}

TEST_CASE("a board of rpi-kit's own is edited in a copy") {
    const test::TempDir work;
    const auto run = rpi_kit(work, {"board", "edit", "rpi4"}, {editor(work, "echo '# mine' >> \"$1\"")});
    INFO(run.err);
    CHECK(run.code == 0);
    const auto text = read_file(work / "boards/rpi4.toml");
    REQUIRE(text);
    CHECK(text->contains("extends = \"rpi4\"\n"));
    CHECK(text->ends_with("# mine\n"));
    CHECK_FALSE(fs::exists(work / "boards/.drafts"));
    // Nothing typed, nothing made.
    const test::TempDir other;
    CHECK(rpi_kit(other, {"board", "edit", "rpi4"}, {editor(other, ":")}).code == 0);
    CHECK_FALSE(fs::exists(other / "boards/rpi4.toml"));
}

TEST_CASE("the editor may be set in the user's file, which goes before $EDITOR") {
    const test::TempDir work;
    const auto mine = editor(work, "echo '# mine' >> \"$1\"");
    work.write("home/.config/rpi-kit/settings.toml",
               "editor = \"" + mine.substr(mine.find('=') + 1) + "\"\n");
    const auto run = rpi_kit(work, {"board", "edit", "rpi4"}, {"EDITOR=false"});
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(read_file(work / "boards/rpi4.toml").value_or("").ends_with("# mine\n"));
}

TEST_CASE("an edit with mistakes leaves the board as it was, and the draft to go on with") {
    const test::TempDir work;
    work.write("boards/mine.toml", "extends = 'rpi4'\n");
    const auto run = rpi_kit(work, {"board", "edit", "mine"}, {editor(work, "echo 'foo = 1' >> \"$1\"")});
    CHECK(run.code == 1);
    const auto draft = work / "boards/.drafts/mine.toml";
    CHECK(
        run.err.contains(draft.string() + ":2:1: error: unknown key 'foo' in this file\n    2 | foo = 1\n"));
    CHECK(run.err.contains("what was typed is in " + draft.string()));
    CHECK(read_file(work / "boards/mine.toml").value() == "extends = 'rpi4'\n");
    CHECK(read_file(draft).value() == "extends = 'rpi4'\nfoo = 1\n");
    // The next edit finds what was typed.
    const auto next =
        rpi_kit(work, {"board", "edit", "mine"}, {editor(work, "sed -i 's/foo = 1/# better/' \"$1\"")});
    CHECK(next.code == 0);
    CHECK(read_file(work / "boards/mine.toml").value() == "extends = 'rpi4'\n# better\n");
    CHECK_FALSE(fs::exists(draft));
}

TEST_CASE("a board that was changed during the edit is not overwritten") {
    const test::TempDir work;
    const auto board = work.write("boards/mine.toml", "extends = 'rpi4'\n");
    const auto run =
        rpi_kit(work, {"board", "edit", "mine"},
                {editor(work, "echo '# theirs' >> '" + board.string() + "'; echo '# mine' >> \"$1\"")});
    CHECK(run.code == 1);
    CHECK(run.err.contains("was changed meanwhile"));
    CHECK(read_file(board).value().ends_with("# theirs\n"));
    CHECK(read_file(work / "boards/.drafts/mine.toml").value().ends_with("# mine\n"));
}

TEST_CASE("a board that was changed after an edit with mistakes is not overwritten") {
    const test::TempDir work;
    const auto board = work.write("boards/mine.toml", "extends = 'rpi4'\n");
    CHECK(rpi_kit(work, {"board", "edit", "mine"}, {editor(work, "echo 'foo = 1' >> \"$1\"")}).code == 1);
    const auto draft = work.write("boards/.drafts/mine.toml", "extends = 'rpi4'\n# mine\n");
    work.write("boards/mine.toml", "extends = 'rpi4'\n# theirs\n");
    const auto next = rpi_kit(work, {"board", "edit", "mine"}, {editor(work, ":")});
    CHECK(next.code == 1);
    CHECK(next.err.contains("was changed meanwhile"));
    CHECK(next.err.contains("rm " + draft.string()));
    CHECK(read_file(board).value().ends_with("# theirs\n"));
    CHECK(read_file(draft).value().ends_with("# mine\n"));
    // Without the draft an edit begins anew, with what stands there now.
    fs::remove(draft);
    CHECK(rpi_kit(work, {"board", "edit", "mine"}, {editor(work, "echo '# more' >> \"$1\"")}).code == 0);
    CHECK(read_file(board).value() == "extends = 'rpi4'\n# theirs\n# more\n");
    CHECK_FALSE(fs::exists(work / "boards/.drafts"));
}

TEST_CASE("an editor is asked for, and one that fails changes nothing") {
    const test::TempDir work;
    work.write("boards/mine.toml", "extends = 'rpi4'\n");
    CHECK(rpi_kit(work, {"board", "edit", "mine"}).code == 2);
    CHECK(rpi_kit(work, {"board", "edit", "mine"}, {editor(work, "echo x >> \"$1\"; exit 3")}).code == 1);
    CHECK(read_file(work / "boards/mine.toml").value() == "extends = 'rpi4'\n");
    CHECK(rpi_kit(work, {"board", "edit", "none"}, {"EDITOR=true"}).code == 2);
}

TEST_CASE("on a terminal a board with mistakes can be edited again") {
    const test::TempDir work;
    work.write("boards/mine.toml", "extends = 'rpi4'\n");
    const auto script =
        editor(work,
               "if grep -q foo \"$1\"; then sed -i '/foo/d' \"$1\"; echo '# right' >> \"$1\"; "
               "else echo 'foo = 1' >> \"$1\"; fi");
    rpikit::host::Environment environment({{"PATH", "/usr/bin:/bin"},
                                           {"HOME", work.path().string()},
                                           {"TERM", "xterm"},
                                           {"EDITOR", script.substr(script.find('=') + 1)},
                                           {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR}});
    bool answered = false;
    const auto run = test::run_in_pty(
        {RPIKIT_PROGRAM, "board", "edit", "mine"},
        {.environment = environment, .directory = work.path(), .type = [&](std::string_view all) {
             if (answered || !all.contains("Edit again? [Y/n] ")) return std::string();
             answered = true;
             return std::string("y\n");
         }});
    INFO(test::visible(run.output));
    CHECK(run.code == 0);
    CHECK(answered);
    CHECK(run.output.contains("\x1b[1;31merror\x1b[0m: unknown key 'foo'"));
    CHECK(read_file(work / "boards/mine.toml").value() == "extends = 'rpi4'\n# right\n");
}

TEST_CASE("the JSON Schema takes every delivered board and refuses what is wrong") {
    const test::TempDir work;
    const auto schema = work.write("schema.json", rpi_kit(work, {"board", "schema"}).out);
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(source / "boards")) {
        // boards/base holds what every board's configuration starts from, and no board.
        if (entry.path().extension() != ".toml" || entry.path().parent_path().filename() == "base") continue;
        auto text = read_file(entry.path()).value();
        // A SoC's file is no whole board.
        const bool is_part = entry.path().parent_path().filename() == "soc";
        if (is_part && !text.contains("\nextends = ")) text = "extends = \"nothing\"\n" + text;
        INFO(entry.path().string());
        CHECK(validated(work, schema, work.write("board.toml", text)) == "");
        ++count;
    }
    CHECK(count >= 5);
    const auto refused = [&](std::string_view text) {
        return validated(work, schema, work.write("bad.toml", text));
    };
    CHECK(refused("extends = 'rpi4'\nfoo = 1\n").contains("foo"));
    CHECK(refused("extends = 'rpi4'\n[kernel]\narch = 'arm46'\n").contains("kernel/arch"));
    CHECK(refused("extends = 'rpi4'\n[boot]\ncmdline = 'root=/dev/sda'\n").contains("boot/cmdline"));
    CHECK(refused("extends = 'rpi4'\n[[kernel.source]]\nprovider = 'git'\n").contains("name"));
    CHECK(refused("extends = 'rpi4'\n[[kernel.source]]\nname = 'x'\nprovider = 'dir'\nbranch = 'b'\n") != "");
    CHECK(refused("extends = 'rpi4'\n[initramfs]\ntimeout = -1\n").contains("initramfs/timeout"));
    CHECK(refused("description = 'no base, and nothing else'\n").contains("'kernel' is a required property"));
    CHECK(refused("extends = 'rpi4'\n[[kernel.source]]\nname = 'x'\nprovider = 'git'\nbranch = 'b'\n") == "");
}
