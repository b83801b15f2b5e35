#include "sdk/board/own_board.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "sdk/board/inherit.hpp"
#include "sdk/host/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::board;

namespace {

std::string added(const std::string& text, const std::string& profile = "tiny") {
    const auto edited = with_extra_fragment(text, "mine.toml", profile, "fragments/mine.config");
    if (!edited) FAIL(render(edited.error(), false));
    return *edited;
}

Board board_at(const std::filesystem::path& file) {
    return {.name = file.stem().string(), .description = "A board", .file = file};
}

}  // namespace

TEST_CASE("a profile that the file does not have is added at its end") {
    CHECK(added("# mine\nextends = \"rpi4\"   # a comment") ==
          "# mine\nextends = \"rpi4\"   # a comment\n\n[kernel.profile.tiny]\n"
          "extra_fragments = [\"fragments/mine.config\"]\n");
    CHECK(added("", "my.profile") ==
          "\n[kernel.profile.\"my.profile\"]\nextra_fragments = [\"fragments/mine.config\"]\n");
}

TEST_CASE("a profile that is there gets one line; everything else stays as it is") {
    CHECK(added("[ kernel . profile . tiny ] # here\n\n  base = 'allnoconfig'\n[rootfs]\nhostname=\"x\"\n") ==
          "[ kernel . profile . tiny ] # here\nextra_fragments = [\"fragments/mine.config\"]\n\n"
          "  base = 'allnoconfig'\n[rootfs]\nhostname=\"x\"\n");
    CHECK(added("[kernel.profile.tiny]") ==
          "[kernel.profile.tiny]\nextra_fragments = [\"fragments/mine.config\"]\n");
}

TEST_CASE("a list that is there gets one more element, and only once") {
    CHECK(added("[kernel.profile.tiny]\nextra_fragments = [  # äöü\n  'a\"],.config', # first\n]\n") ==
          "[kernel.profile.tiny]\nextra_fragments = [  # äöü\n  'a\"],.config', \"fragments/mine.config\", # "
          "first\n]\n");
    CHECK(added("kernel.profile.tiny.extra_fragments = []\n") ==
          "kernel.profile.tiny.extra_fragments = [\"fragments/mine.config\"]\n");
    const std::string there = "[kernel.profile.tiny]\nextra_fragments = ['fragments/mine.config']\n";
    CHECK(added(there) == there);
}

TEST_CASE("a file that cannot be added to is refused, with the line to add by hand") {
    const auto* text =
        GENERATE("[kernel]\nprofile = { tiny = { base = 'defconfig' } }\n",
                 "[kernel.profile.tiny]\nextra_fragments = 'a.config'\n",
                 "text = '''\n[kernel.profile.tiny]\n'''\n[kernel.profile.tiny]\nbase = 'x'\n");
    CAPTURE(text);
    const auto edited = with_extra_fragment(text, "mine.toml", "tiny", "fragments/mine.config");
    REQUIRE_FALSE(edited);
    CHECK(edited.error().hint.contains("extra_fragments = [\"fragments/mine.config\"]"));
    CHECK_FALSE(with_extra_fragment("not TOML", "mine.toml", "tiny", "x.config"));
}

TEST_CASE("a shipped board is extended by a file of the same name in the work folder") {
    const test::TempDir folder;
    const auto shipped = folder.write("shipped/rpi4.toml", "description = 'x'\n");
    const auto own =
        plan_own_board(board_at(shipped), "tiny", folder / "work/boards", folder / "shipped", "");
    if (!own) FAIL(render(own.error(), false));
    CHECK(own->file == folder / "work/boards/rpi4.toml");
    CHECK(own->addition == folder / "work/boards/fragments/rpi4-tiny.config");
    CHECK_FALSE(own->exists);
    CHECK(own->text.contains("extends = \"rpi4\""));
    CHECK_FALSE(std::filesystem::exists(own->file));
    const auto named =
        plan_own_board(board_at(shipped), "tiny", folder / "work/boards", folder / "shipped", "mine");
    REQUIRE(named);
    CHECK(named->file == folder / "work/boards/mine.toml");
}

TEST_CASE("a user's board is changed where it lies") {
    const test::TempDir folder;
    const auto file = folder.write("elsewhere/mine.toml", "# my own\nextends = 'rpi4'\n");
    const auto own = plan_own_board(board_at(file), "lean", folder / "work/boards", folder / "shipped", "");
    REQUIRE(own);
    CHECK(own->file == file);
    CHECK(own->exists);
    CHECK(own->addition == folder / "elsewhere/fragments/mine-lean.config");
    CHECK(own->text.starts_with("# my own\nextends = 'rpi4'\n"));
}

TEST_CASE("shipped files are never changed, even when the work folder is where they lie") {
    const test::TempDir folder;
    const auto file = folder.write("boards/rpi4.toml", "description = 'x'\n");
    const auto refused = plan_own_board(board_at(file), "tiny", folder / "boards", folder / "boards", "");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::usage);
    CHECK(refused.error().hint.contains("--as my-rpi4"));
    // One that the user made there can be changed again.
    const auto mine = folder.write("boards/mine.toml", "[kernel.profile.tiny]\nextra_fragments = []\n");
    CHECK(plan_own_board(board_at(mine), "lean", folder / "boards", folder / "boards", ""));
    CHECK_FALSE(plan_own_board(board_at(file), "tiny", folder / "boards", folder / "boards", "mine"));
    CHECK_FALSE(plan_own_board(board_at(file), "tiny", folder / "boards", folder / "boards", "../mine"));
}

TEST_CASE("what does not load is put back") {
    const test::TempDir folder;
    const auto file = folder.write("mine.toml", "extends = 'rpi4'\n");
    const OwnBoard own{
        .file = file, .addition = folder / "fragments/a.config", .text = "extends = 'nowhere'\n"};
    const auto written = write_own_board(own, "CONFIG_A=y\n", {.folders = {folder.path()}});
    REQUIRE_FALSE(written);
    CHECK(written.error().message.contains("put back"));
    CHECK(host::read_file(file).value() == "extends = 'rpi4'\n");
    CHECK_FALSE(std::filesystem::exists(own.addition));
    // What was added before is put back, too.
    folder.write("fragments/a.config", "CONFIG_B=y\n");
    CHECK_FALSE(write_own_board(own, "CONFIG_A=y\n", {.folders = {folder.path()}}));
    CHECK(host::read_file(own.addition).value() == "CONFIG_B=y\n");
}

TEST_CASE("a board may extend the one of its own name that comes later on the search path") {
    const test::TempDir folder;
    const auto mine = folder.write("work/rpi4.toml", "extends = 'rpi4'\nx = 1\n");
    folder.write("shipped/rpi4.toml", "y = 2\n");
    const auto loaded =
        load_inherited(mine, {.folders = {folder / "work", folder / "work", folder / "shipped"}});
    if (!loaded) FAIL(render(loaded.error(), false));
    CHECK(loaded->document.integer_at("y") == 2);
    CHECK(loaded->files.size() == 2);
}

TEST_CASE("an overlay is put into the table of the boot files, and only once") {
    const auto with = [](const std::string& text) {
        return with_overlay_file(text, "mine.toml", "overlays/hat.dts").value();
    };
    CHECK(with("extends = 'rpi4'\n") ==
          "extends = 'rpi4'\n\n[boot]\noverlay_files = [\"overlays/hat.dts\"]\n");
    CHECK(with("[boot] # here\ncmdline = 'x'\n") ==
          "[boot] # here\noverlay_files = [\"overlays/hat.dts\"]\ncmdline = 'x'\n");
    const auto there = with("[boot]\noverlay_files = ['a.dts']\n");
    CHECK(there == "[boot]\noverlay_files = ['a.dts', \"overlays/hat.dts\"]\n");
    CHECK(with(there) == there);
    CHECK_FALSE(with_overlay_file("boot = { method = 'grub' }\n", "mine.toml", "overlays/hat.dts"));
}

TEST_CASE("an overlay for a shipped board goes beside the user's own, which extends it") {
    const test::TempDir folder;
    const auto shipped = folder.write("shipped/rpi4.toml", "description = 'x'\n");
    const auto own = plan_own_overlay(board_at(shipped), {.name = "hat.dts", .content = "x"},
                                      folder / "work/boards", folder / "shipped", "");
    if (!own) FAIL(render(own.error(), false));
    CHECK(own->file == folder / "work/boards/rpi4.toml");
    CHECK(own->addition == folder / "work/boards/overlays/hat.dts");
    CHECK(own->text.contains("extends = \"rpi4\""));
    CHECK(own->text.contains("overlay_files = [\"overlays/hat.dts\"]"));
}

TEST_CASE("an overlay does not take the place of another of its name unasked") {
    const test::TempDir folder;
    const auto file = folder.write("mine.toml", "extends = 'rpi4'\n");
    folder.write("overlays/hat.dts", "of a\n");
    const auto plan = [&](std::string_view content, bool replaces = false) {
        return plan_own_overlay(board_at(file), {.name = "hat.dts", .content = content, .replaces = replaces},
                                folder / "work/boards", folder / "shipped", "");
    };
    const auto refused = plan("of b\n");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::usage);
    CHECK(refused.error().message.contains("overlays/hat.dts"));
    CHECK(plan("of a\n"));
    CHECK(plan("of b\n", true));
}

TEST_CASE("the first overlay of a board's own comes after those that it inherits") {
    const test::TempDir folder;
    auto mine = board_at(folder.write("mine/mine.toml", "extends = 'base'\n"));
    mine.boot.overlay_files = {folder / "base/overlays/a.dts", folder / "mine/b.dts"};
    const auto plan = [&](const Board& board, const std::string& name) {
        const auto own = plan_own_overlay(board, {.name = "hat.dts", .content = "x"}, folder / "work/boards",
                                          folder / "shipped", name);
        if (!own) FAIL(render(own.error(), false));
        return own->text;
    };
    CHECK(plan(mine, "").contains(
        "overlay_files = [\"../base/overlays/a.dts\", \"b.dts\", \"overlays/hat.dts\"]"));
    CHECK(plan(mine, "new")
              .contains("[\"../../base/overlays/a.dts\", \"../../mine/b.dts\", \"overlays/hat.dts\"]"));
    // A list of the file's own is the whole list.
    folder.write("mine/mine.toml", "[boot]\noverlay_files = ['b.dts']\n");
    mine.boot.overlay_files = {folder / "mine/b.dts"};
    CHECK(plan(mine, "").contains("overlay_files = ['b.dts', \"overlays/hat.dts\"]"));
}
