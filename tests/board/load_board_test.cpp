#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <sstream>

#include "sdk/board/board.hpp"
#include "sdk/board/document.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::board;

namespace fs = std::filesystem;

namespace {

const fs::path source_dir = RPIKIT_SOURCE_DIR;

SearchPath delivered() {
    return {.folders = {source_dir / "boards"}, .toolchains = source_dir / "toolchains"};
}

/// A board of one file that is right, for tests to break.
constexpr std::string_view good = R"(description = "Test board"
[kernel]
arch = "arm64"
toolchain = "aarch64-linux-gnu"
image = "Image.gz"
dtbs = ["v/b.dtb"]
[[kernel.source]]
name = "tree"
provider = "dir"
path = "tree"
profile = "own"
[kernel.profile.own]
base = "allnoconfig"
[boot]
method = "rpi-firmware"
cmdline = "root={root}"
config_txt = ["device_tree={dtb}", "kernel={image}"]
[image]
table = "mbr"
[[image.partition]]
name = "boot"
filesystem = "vfat"
content = "boot"
[[image.partition]]
name = "root"
filesystem = "ext4"
content = "rootfs"
[rootfs]
hostname = "test"
debian_arch = "arm64"
)";

std::string replaced(std::string_view what, std::string_view by) {
    std::string text(good);
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

Result<Board> load_text(const test::TempDir& folder, std::string_view text) {
    return load_board(folder.write("boards/test.toml", text).string(), {.folders = {}});
}

/// The one mistake in a text.
Error mistake(std::string_view text) {
    const test::TempDir folder;
    const auto board = load_text(folder, text);
    REQUIRE_FALSE(board);
    INFO(render(board.error(), false));
    CHECK(board.error().detail.empty());
    REQUIRE(board.error().where);
    CHECK(board.error().where->file == folder / "boards/test.toml");
    CHECK(board.error().where->line > 0);
    CHECK(board.error().where->column > 0);
    return board.error();
}

}  // namespace

TEST_CASE("how a board was tested is its own file's word alone") {
    const test::TempDir folder;
    const auto base = folder.write("boards/base.toml", "tested = \"booted in QEMU\"\n" + std::string(good));
    folder.write("boards/derived.toml", "extends = \"base\"\n");
    folder.write("boards/built.toml", "extends = \"base\"\ntested = \"built\"\n");
    const SearchPath search{.folders = {base.parent_path()}};
    CHECK(load_board("base", search)->tested == "booted in QEMU");
    CHECK(load_board("derived", search)->tested.empty());
    CHECK(load_board("built", search)->tested == "built");
    CHECK(mistake("tested = \"booted\"\n" + std::string(good)).message.contains("tested"));
}

TEST_CASE("a boot loader has one place that it comes from") {
    const auto with = [](std::string_view loader) {
        return std::string(good) + "[[boot.loader]]\n" + std::string(loader);
    };
    const test::TempDir folder;
    folder.write("boards/spl.bin", "loader");
    const auto board = load_text(folder, with("path = \"spl.bin\"\noffset = \"8K\"\n[[boot.loader]]\nfile = "
                                              "\"x/u-boot.itb\"\noffset = \"8M\"\n"));
    REQUIRE(board);
    REQUIRE(board->boot.loaders.size() == 2);
    CHECK(board->boot.loaders[0].path == folder / "boards/spl.bin");
    CHECK(board->boot.loaders[0].offset == 8192);
    CHECK(board->boot.loaders[1].file == "x/u-boot.itb");
    CHECK(mistake(with("offset = \"8K\"\n")).message.contains("either"));
    CHECK(mistake(with("file = \"a\"\npath = \"test.toml\"\noffset = 512\n")).message.contains("either"));
    CHECK(mistake(with("file = \"a\"\n")).message.contains("offset"));
}

TEST_CASE("a generic PC fits the schema") {
    const auto board = load_board("x86_64", {.folders = {source_dir / "tests/board/data/boards"},
                                             .toolchains = source_dir / "toolchains"});
    INFO((board ? "" : render(board.error(), false)));
    REQUIRE(board);
    CHECK(board->kernel.image == "bzImage");
    CHECK(board->boot.method == "grub");
    CHECK(board->image.table == "gpt");
    REQUIRE(board->image.partitions.size() == 3);
    CHECK(board->image.partitions[0].type == "21686148-6449-6E6F-744E-656564454649");
    CHECK(board->image.partitions[1].size == 128U << 20);
    CHECK(board->image.partitions[1].bootable);
    CHECK(board->emulator.firmware == "uefi");
    CHECK(board->emulator.cpus == 2);
}

TEST_CASE("relative paths start at the file that they are written in") {
    const test::TempDir folder;
    folder.write("boards/a.config", "");
    folder.write("boards/soc/a.config", "");
    folder.write("boards/soc/chip.toml",
                 replaced("base = \"allnoconfig\"", "fragments = ['a.config']\nbase = 'x'"));
    folder.write("boards/mine.toml", "extends = 'soc/chip'\n[kernel]\nfragments = ['a.config']\n");
    const auto board = load_board("mine", {.folders = {folder / "boards"}});
    INFO((board ? "" : render(board.error(), false)));
    REQUIRE(board);
    CHECK(board->kernel.profiles.at("own").fragments ==
          std::vector<fs::path>{folder / "boards/soc/a.config", folder / "boards/a.config"});
    CHECK(board->kernel.sources[0].path == folder / "boards/soc/tree");
}

TEST_CASE("a board's own profile goes before its sources', in either form") {
    const test::TempDir folder;
    folder.write("base.toml", good);
    const auto loaded = [&](const std::string& text) {
        folder.write("mine.toml", "extends = 'base'\n[kernel]\n" + text);
        return load_board("mine", {.folders = {folder.path()}});
    };
    CHECK(loaded("").value().kernel.default_profile.empty());
    CHECK(loaded("default_profile = 'own'").value().kernel.default_profile == "own");
    const auto board = loaded("profile = 'own'\n[kernel.profile.own]\n");
    CHECK_FALSE(board);  // TOML has a key once
    CHECK(loaded("profile = 'own'").value().kernel.default_profile == "own");
    CHECK(loaded("profile = 'own'").value().kernel.profiles.contains("own"));
    const auto wrong = loaded("profile = 'owm'");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message == "there is no [kernel.profile.owm]; did you mean \"own\"?");
    CHECK(wrong.error().where->line == 3);
}

TEST_CASE("devices are left out or made modules, and lists of modaliases must be there") {
    const test::TempDir folder;
    folder.write("base.toml", good);
    folder.write("plugged.txt", "");
    const auto loaded = [&](const std::string& text) {
        folder.write("mine.toml", "extends = 'base'\n" + text);
        return load_board("mine", {.folders = {folder.path()}});
    };
    const auto board = loaded(
        "[kernel]\nmodaliases = ['plugged.txt']\n[kernel.profile.own]\nderive = true\n"
        "[kernel.devices]\nleave_out = ['/soc/*']\nas_module = ['a,b']\n");
    INFO((board ? "" : render(board.error(), false)));
    REQUIRE(board);
    CHECK(board->kernel.profiles.at("own").derive);
    CHECK(board->kernel.devices.leave_out == std::vector<std::string>{"/soc/*"});
    CHECK(board->kernel.devices.as_module == std::vector<std::string>{"a,b"});
    CHECK(board->kernel.modaliases == std::vector<fs::path>{folder / "plugged.txt"});
    const auto missing = loaded("[kernel]\nmodaliases = ['gone.txt']\n");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message == "there is no file \"gone.txt\"");
}

TEST_CASE("source_order chooses and orders the sources") {
    const test::TempDir folder;
    folder.write("base.toml", good);
    folder.write("mine.toml",
                 "extends = 'base'\n[kernel]\nsource_order = ['mine', 'tree']\n"
                 "[[kernel.source]]\nname = 'other'\nprovider = 'dir'\npath = 'o'\nprofile = 'own'\n"
                 "[[kernel.source]]\nname = 'mine'\nprovider = 'archive'\nurl = 'https://x/y.tar'\n"
                 "sha256 = '" +
                     std::string(64, '0') + "'\nprofile = 'own'\n");
    const auto board = load_board("mine", {.folders = {folder.path()}});
    INFO((board ? "" : render(board.error(), false)));
    REQUIRE(board);
    REQUIRE(board->kernel.sources.size() == 2);
    CHECK(board->kernel.sources[0].name == "mine");
    CHECK(board->kernel.sources[1].name == "tree");
}

TEST_CASE("a mistake in a board comes with its place") {
    CHECK(mistake(replaced("arch =", "arhc =")).message ==
          "unknown key 'arhc' in [kernel]; did you mean 'arch'?");
    CHECK(mistake(replaced("\"arm64\"", "\"arm46\"")).where->line == 3);
    CHECK(mistake(replaced("\"test\"", "\"te st\"")).message.contains("RFC 1123"));
    CHECK(mistake(replaced("v/b.dtb", "../b.dtb")).message.contains("stays below its folder"));
    CHECK(mistake(replaced("v/b.dtb", "/b.dtb")).message.contains("stays below its folder"));
    CHECK(mistake(replaced("root={root}", "root={root}\\ninit=/x")).message.contains("one line"));
    CHECK(mistake(replaced("root={root}", "root=/dev/sda2")).message.contains("root={root}"));
    CHECK(mistake(replaced("\"own\"\n[", "\"owm\"\n[")).message ==
          "there is no [kernel.profile.owm]; did you mean \"own\"?");
    CHECK(mistake(replaced("path = \"tree\"\n", ""))
              .message.contains("'path' is missing in [[kernel.source]]"));
    CHECK(mistake(replaced("path = \"tree\"", "path = 'tree'\nbranch = 'b'")).message ==
          "'branch' does not go with provider = \"dir\"");
    CHECK(mistake(replaced("base = \"allnoconfig\"", "")).message.contains("needs a 'defconfig'"));
    CHECK(mistake(replaced("dtbs = [\"v/b.dtb\"]", "")).message.contains("{dtb}"));
    CHECK(mistake(replaced("base =", "fragments = ['gone.config']\nbase =")).message ==
          "there is no file \"gone.config\"");
    CHECK(mistake(replaced("dtbs", "patches = ['gone.patch']\ndtbs")).message ==
          "there is no file \"gone.patch\"");
    CHECK(mistake(replaced("debian_arch", "overlay = 'gone'\ndebian_arch")).message ==
          "there is no folder \"gone\"");
    CHECK(mistake(replaced("dtbs", "source_order = ['tre']\ndtbs")).message ==
          "'source_order' names \"tre\", which is no source; did you mean \"tree\"?");
}

TEST_CASE("mistakes in the image come with their place") {
    CHECK(mistake(replaced("\"vfat\"", "\"ext4\"")).message.contains("must be vfat"));
    CHECK(mistake(replaced("\"ext4\"\ncontent = \"rootfs\"", "\"ext4\"\nsize = '1M'\ncontent = \"empty\""))
              .message == "no partition has content = \"rootfs\"");
    CHECK(mistake(replaced("name = \"root\"", "name = \"boot\"")).message ==
          "two partitions are named \"boot\"");
    CHECK(mistake(replaced("\"ext4\"", "\"ext4\"\nsize = '12Q'")).message.contains("is not a size"));
    CHECK(mistake(replaced("\"ext4\"", "\"ext4\"\nsize = 1000")).message.contains("multiple of 512"));
    CHECK(mistake(replaced("\"ext4\"", "\"ext4\"\ntype = '21686148-6449-6E6F-744E-656564454649'"))
              .message.contains("MBR wants a type byte"));
    CHECK(mistake(replaced("\"mbr\"", "\"mbr\"\nalignment = '3M'")).message.contains("power of two"));
    CHECK(mistake(replaced("name = \"boot\"", "name = \"boot-partition\""))
              .message.contains("at most 11 characters"));
    std::string five(good);
    for (const char* name : {"a", "b", "c"}) {
        five += std::string("[[image.partition]]\nname = '") + name +
                "'\nfilesystem = 'ext4'\ncontent = 'empty'\nsize = '1M'\n";
    }
    CHECK(mistake(five).message == "an MBR holds 4 partitions, this is number 5");
}

TEST_CASE("mistakes in the initramfs come with their place") {
    const std::string text(good);
    CHECK(mistake(text + "[initramfs]\nenabeld = true\n").message ==
          "unknown key 'enabeld' in [initramfs]; did you mean 'enabled'?");
    CHECK(mistake(text + "[initramfs]\nenabled = 'yes'\n").message.contains("true or false"));
    CHECK(mistake(text + "[initramfs]\ncompression = 'gzipp'\n").message.contains("did you mean \"gzip\"?"));
    CHECK(mistake(text + "[initramfs]\nclasses = ['storrage']\n")
              .message.contains("did you mean \"storage\"?"));
    CHECK(mistake(text + "[initramfs]\nmodules = ['$(reboot)']\n").message.contains("is not a name"));
    CHECK(mistake(text + "[initramfs]\nfiles = ['gone:etc/gone']\n").message.starts_with("there is no file"));
    CHECK(mistake(text + "[initramfs]\nfiles = ['a:../b']\n").message.contains("stays below its folder"));
    CHECK(mistake(text + "[initramfs]\ntimeout = -1\n").message.contains("at least 0"));
    CHECK(
        mistake(replaced("dtbs", "root_symbols = ['CONFIG_MMC']\ndtbs")).message.contains("without CONFIG_"));
}

TEST_CASE("a root file system may be ext4 or f2fs") {
    const test::TempDir folder;
    CHECK(load_text(folder, replaced("\"ext4\"", "\"f2fs\"")));
    CHECK(mistake(replaced("\"ext4\"", "\"vfat\"")).message == "the root file system must be ext4 or f2fs");
}

TEST_CASE("an emulator needs its essentials") {
    const std::string text(good);
    CHECK(mistake(text + "[emulator]\nmachine = 'virt'\nsystem = 'aarch64'\nmemory = '1G'\n").message ==
          "'console' is missing in [emulator]");
    CHECK(mistake(text + "[emulator]\nconsole = 'ttyAMA0'\n").message.contains("'machine' is missing"));
}

TEST_CASE("nodes that may be without a driver in the emulator are patterns of paths") {
    const test::TempDir folder;
    const auto named = load_text(
        folder, std::string(good) + "[checks]\nunbound = [\"/soc/hdmi@*\", \"/soc/i2c@7ef0?500\"]\n");
    REQUIRE(named);
    CHECK(named->checks.unbound == std::vector<std::string>{"/soc/hdmi@*", "/soc/i2c@7ef0?500"});
    const auto silent = load_text(folder, good);
    REQUIRE(silent);
    CHECK(silent->checks.unbound.empty());
    const auto wrong = mistake(std::string(good) + "[checks]\nunbound = [\"hdmi*\"]\n");
    CHECK(wrong.message.contains("a pattern of device tree nodes"));
}

TEST_CASE("what would have QEMU touch the host is a mistake of the board's file") {
    const auto text = std::string(good) + "[emulator]\nsystem = 'x86_64'\nmemory = '1G'\nconsole = 'ttyS0'\n";
    const auto machine = mistake(text + "machine = 'q35,dumpdtb=/home/me/.profile'\n");
    CHECK(machine.message.contains("is no name of a machine"));
    const auto monitor = mistake(text +
                                 "machine = 'q35'\narguments = [\n  '-device', 'virtio-rng-pci',\n"
                                 "  '-monitor', 'unix:x' ]\n");
    CHECK(monitor.message.starts_with("'-monitor' is none of the options"));
    REQUIRE(monitor.where);
    const auto first = static_cast<int>(std::ranges::count(text, '\n')) + 1;
    CHECK(monitor.where->line == first + 3);
    const test::TempDir folder;
    CHECK(load_text(folder, text + "machine = 'q35,smm=on'\narguments = ['-device', 'virtio-rng-pci']\n"));
}

TEST_CASE("all mistakes of a file are reported at once, in their order") {
    const test::TempDir folder;
    const auto board = load_text(folder, "description = 1\n[kernel]\narch = \"arm46\"\nfoo = 1\n");
    REQUIRE_FALSE(board);
    const auto& error = board.error();
    CHECK(error.message == "'boot' is missing in this file: What the firmware or boot loader reads.");
    std::istringstream rest(error.detail);
    std::vector<std::string> lines;
    for (std::string line; std::getline(rest, line);)
        lines.push_back(line);
    CHECK(lines.size() == 9);
    CHECK(error.detail.contains("test.toml:1:15: 'description' must be a string"));
    CHECK(error.detail.contains("test.toml:3:8: 'arch' cannot be \"arm46\""));
    CHECK(error.detail.contains("test.toml:4:1: unknown key 'foo' in [kernel]"));
}

TEST_CASE("an unknown board names the near match, the boards and where they were sought") {
    const auto board = load_board("rpi44", delivered());
    REQUIRE_FALSE(board);
    CHECK(board.error().message == "there is no board \"rpi44\"; did you mean \"rpi4\"?");
    CHECK(board.error().detail.contains((source_dir / "boards").string()));
    CHECK_FALSE(board.error().hint.empty());
    CHECK_FALSE(load_board("../boards/rpi4", delivered()));
    CHECK_FALSE(load_board("", delivered()));
    CHECK_FALSE(load_board("/nowhere/x.toml", delivered()));
}

TEST_CASE("a board's name is fit to name a folder") {
    const test::TempDir folder;
    for (const char* name : {"...toml", "-x.toml", "a b.toml"}) {
        const auto board = load_board(folder.write(name, good).string(), {.folders = {}});
        REQUIRE_FALSE(board);
        CHECK(board.error().message.contains("cannot be named so"));
        CHECK(board.error().where->file == folder / name);
    }
}

TEST_CASE("an unknown toolchain names the near match") {
    const test::TempDir folder;
    const auto file = folder.write("test.toml", replaced("aarch64-linux-gnu", "aarch64-linux-gun"));
    const auto board = load_board(file.string(), {.folders = {}, .toolchains = source_dir / "toolchains"});
    REQUIRE_FALSE(board);
    CHECK(board.error().message ==
          "there is no toolchain \"aarch64-linux-gun\"; did you mean \"aarch64-linux-gnu\"?");
    CHECK(board.error().where->line == 4);
}

TEST_CASE("an unknown boot method names the near match") {
    const test::TempDir folder;
    const auto file = folder.write("test.toml", replaced("rpi-firmware", "rpi-firmwrae"));
    const auto board = load_board(file.string(), {.folders = {}, .boot_methods = {"grub", "rpi-firmware"}});
    REQUIRE_FALSE(board);
    CHECK(board.error().message ==
          "there is no boot method \"rpi-firmwrae\"; did you mean \"rpi-firmware\"?");
}

TEST_CASE("the first folder of the search path that has a board wins") {
    const test::TempDir first;
    const test::TempDir second;
    first.write("test.toml", good);
    second.write("test.toml", replaced("Test board", "Another"));
    second.write("more.toml", good);
    const SearchPath search{.folders = {first.path(), second.path()}};
    CHECK(list_boards(search) == std::vector<std::string>{"more", "test"});
    CHECK(load_board("test", search)->description == "Test board");
}

TEST_CASE("random bytes are an error, never a crash") {
    const test::TempDir folder;
    std::uint32_t state = 1;  // a fixed sequence: xorshift32
    for (int round = 0; round < 300; ++round) {
        std::string text(good);
        for (int i = 0; i < 5; ++i) {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            text[state % text.size()] = static_cast<char>(state >> 24);
        }
        const auto board = load_text(folder, text);
        if (!board) CHECK_FALSE(board.error().message.empty());
    }
}

TEST_CASE("a menu's default is the title of one of its entries") {
    const std::string menu =
        "[boot.menu]\ndefault = \"Linx\"\n[[boot.menu.entry]]\ntitle = \"Linux\"\n[image]\n";
    const auto wrong = mistake(replaced("[image]\n", menu));
    CHECK(wrong.message == "no entry of the menu has the title \"Linx\"; did you mean \"Linux\"?");
    CHECK(wrong.where->line == 19);
    const auto alone = mistake(replaced("[image]\n", "[boot.menu]\ndefault = \"Linux\"\n[image]\n"));
    CHECK(alone.hint.contains("[[boot.menu.entry]]"));
}

TEST_CASE("what the BIOS starts is the first partition and has no file system") {
    const std::string loader =
        "[[image.partition]]\nname = \"bios\"\nfilesystem = \"none\"\ncontent = \"loader\"\n";
    const std::string boot = "[[image.partition]]\nname = \"boot\"\n";
    const test::TempDir folder;
    CHECK(load_text(folder, replaced(boot, loader + boot)));
    const auto late = mistake(replaced("[rootfs]\n", loader + "[rootfs]\n"));
    CHECK(late.message == "the partition with content = \"loader\" must be the first");
    auto vfat = loader;
    vfat.replace(vfat.find("none"), 4, "vfat");
    CHECK(mistake(replaced(boot, vfat + boot)).message.contains("write \"none\""));
}
