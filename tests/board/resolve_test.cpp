#include "sdk/board/resolve.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::board;

namespace fs = std::filesystem;

namespace {

const fs::path source_dir = RPIKIT_SOURCE_DIR;

SearchPath delivered_after(const fs::path& folder) {
    return {.folders = {folder, source_dir / "boards"}, .toolchains = source_dir / "toolchains"};
}

std::vector<std::string> messages(const ResolvedBoard& board) {
    std::vector<std::string> texts;
    for (const auto& mistake : board.mistakes) {
        REQUIRE(mistake.where);
        texts.push_back(to_string(*mistake.where).substr(board.file.parent_path().string().size() + 1) +
                        ": " + mistake.message);
    }
    return texts;
}

}  // namespace

TEST_CASE("a board that resolves has each value with its place, defaults without one") {
    const test::TempDir folder;
    folder.write("mine.toml", "extends = 'rpi4'\ndescription = 'x'\n[rootfs]\nhostname = 'mine'\n");
    const auto board = resolve_board("mine", delivered_after(folder.path()));
    REQUIRE(board);
    CHECK(board->mistakes.empty());
    CHECK(board->files.size() == 4);
    const auto& hostname = board->document.find("rootfs.hostname")->where;
    CHECK(hostname == Location{folder / "mine.toml", 4, 12});
    CHECK(board->document.find("kernel.arch")->where.file == source_dir / "boards/soc/raspberrypi.toml");
    CHECK(board->document.find("rootfs.network")->where.file.empty());
    const auto& dtbs = board->document.array_at("kernel.dtbs");
    REQUIRE(dtbs.size() == 1);
    CHECK(dtbs[0].where.file == source_dir / "boards/rpi4.toml");
}

TEST_CASE("mistakes of every kind are told at once, in the order of their places") {
    const test::TempDir folder;
    folder.write("bad.toml",
                 "extends = 'rpi4'\ndescripton = 'x'\n[kernel]\narch = 7\nfragments = ['gone.config']\n"
                 "patches = ['gone.patch']\n");
    const auto board = resolve_board("bad", delivered_after(folder.path()));
    REQUIRE(board);
    CHECK(messages(*board) ==
          std::vector<std::string>{
              "bad.toml:2:1: unknown key 'descripton' in this file; did you mean 'description'?",
              "bad.toml:4:8: 'arch' must be a string, not an integer",
              "bad.toml:5:14: there is no file \"gone.config\"",
              "bad.toml:6:12: there is no file \"gone.patch\""});
}

TEST_CASE("a base that is nowhere does not hide the file's other mistakes, nor add any") {
    const test::TempDir folder;
    folder.write("lost.toml", "extends = 'rpi44'\n[kernel]\nimagee = 'Image'\n");
    const auto board = resolve_board("lost", delivered_after(folder.path()));
    REQUIRE(board);
    CHECK(messages(*board) ==
          std::vector<std::string>{
              "lost.toml:1:11: 'extends' names \"rpi44\", which does not exist; did you mean \"rpi4\"?",
              "lost.toml:3:1: unknown key 'imagee' in [kernel]; did you mean 'image'?"});
}

TEST_CASE("a circle of boards is told with all that are in it") {
    const test::TempDir folder;
    folder.write("a.toml", "extends = 'b'\n");
    folder.write("b.toml", "extends = 'c'\n");
    folder.write("c.toml", "extends = 'a'\n");
    const auto board = resolve_board("a", delivered_after(folder.path()));
    REQUIRE(board);
    REQUIRE(board->mistakes.size() == 1);
    const auto& message = board->mistakes[0].message;
    CHECK(message.starts_with("'extends' goes in a circle: "));
    const auto at = [&](const char* name) { return message.find((folder / name).string()); };
    CHECK(at("a.toml") < at("b.toml"));
    CHECK(at("b.toml") < at("c.toml"));
    CHECK(message.ends_with((folder / "a.toml").string()));
}

TEST_CASE("what is no TOML is one mistake") {
    const test::TempDir folder;
    folder.write("bad.toml", "extends = 'rpi4'\n[kernel\n");
    const auto board = resolve_board("bad", delivered_after(folder.path()));
    REQUIRE(board);
    REQUIRE(board->mistakes.size() == 1);
    CHECK(board->mistakes[0].message.starts_with("not valid TOML"));
    CHECK(board->mistakes[0].where->line == 2);
    CHECK_FALSE(resolve_board("nothing", delivered_after(folder.path())));
}

TEST_CASE("a text is judged as the content of a file that is not there") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    // It may extend the delivered board of its own name.
    CHECK(resolve_text(folder / "rpi4.toml", "extends = 'rpi4'\ndescription = 'mine'\n", search)
              .mistakes.empty());
    const auto bad = resolve_text(folder / "rpi4.toml", "extends = 'rpi4'\nfoo = 1\n", search);
    REQUIRE(bad.mistakes.size() == 1);
    CHECK(bad.mistakes[0].where == Location{folder / "rpi4.toml", 2, 1});
    CHECK_FALSE(fs::exists(folder / "rpi4.toml"));
}

TEST_CASE("of boards with one name the first folder's wins, and says which it hides") {
    const test::TempDir first;
    const test::TempDir second;
    first.write("same.toml", "extends = 'rpi4'\n");
    first.write("rpi4.toml", "extends = 'rpi4'\n");
    second.write("same.toml", "extends = 'rpi4'\n");
    // A folder that is named twice hides nothing.
    const SearchPath search{.folders = {first.path(), second.path(), first.path(), source_dir / "boards"}};
    const auto all = find_boards(search);
    const auto same = std::ranges::find(all, "same", &FoundBoard::name);
    REQUIRE(same != all.end());
    CHECK(same->file == first / "same.toml");
    CHECK(same->hidden == std::vector<fs::path>{second / "same.toml"});
    CHECK(hidden_by(first / "same.toml", {first / "same.toml"}, search) == same->hidden);
    CHECK(hidden_by(second / "same.toml", {second / "same.toml"}, search).empty());
    // What a board extends is no clash.
    const auto mine = load_board("rpi4", search);
    REQUIRE(mine);
    CHECK(hidden_by(mine->file, mine->files, search).empty());
}
