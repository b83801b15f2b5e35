#include "sdk/board/new_board.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/board/inherit.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::board;

namespace fs = std::filesystem;

namespace {

const fs::path source_dir = RPIKIT_SOURCE_DIR;

SearchPath delivered_after(const fs::path& folder) {
    return {.folders = {folder, source_dir / "boards"}};
}

/// Of a made-up board whose SoC has no file.
Hardware unknown_hardware() {
    return {.model = "Vendor Box One",
            .compatible = {"vendor,box-one", "vendor,chip7"},
            .arch = "arm64",
            .memory = std::uint64_t{1} << 30,
            .console = "ttyS2",
            .baud = 1500000,
            .disks = {{.kind = "SD card", .node = "/soc/mmc@1000"},
                      {.kind = "USB", .node = "/soc/usb@1"},
                      {.kind = "USB", .node = "/soc/usb@2"}},
            .disk_symbols = {"MMC"},
            .folder = "vendor"};
}

/// Lines that say something.
std::size_t lines_of_toml(const std::string& text) {
    std::size_t count = 0;
    for (const auto line : lines(text)) {
        const auto content = trim(line);
        if (!content.empty() && !content.starts_with('#')) ++count;
    }
    return count;
}

/// Plans, writes and loads.
Board write_and_load(const NewBoardRequest& request, const SearchPath& search) {
    const auto planned = plan_new_board(request, search);
    INFO((planned ? "" : render(planned.error(), false)));
    REQUIRE(planned);
    const auto written = write_new_board(*planned, search);
    INFO((written ? "" : render(written.error(), false)));
    REQUIRE(written);
    auto board = load_board(request.name, search);
    REQUIRE(board);
    return *std::move(board);
}

}  // namespace

TEST_CASE("a new board from one that is there is the same with a name of its own") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    const auto board = write_and_load({.name = "gateway", .folder = folder.path(), .from = "rpi4"}, search);
    CHECK(board.description == "Raspberry Pi 4 Model B (gateway)");
    CHECK(board.file == folder / "gateway.toml");
    CHECK(board.kernel.arch == "arm64");
    const auto text = host::read_file(folder / "gateway.toml").value();
    CHECK(lines_of_toml(text) <= 12);
    CHECK(text.starts_with("#:schema ./board.schema.json\n# "));
}

TEST_CASE("a new board may have the name of the one that it starts from") {
    const test::TempDir folder;
    const auto board = write_and_load({.name = "rpi4", .folder = folder.path(), .from = "rpi4"},
                                      delivered_after(folder.path()));
    CHECK(board.files.size() == 4);
}

TEST_CASE("a new board of a SoC that has a file starts with the device tree of its kin") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    const auto board = write_and_load({.name = "carrier", .folder = folder.path(), .soc = "bcm2711"}, search);
    REQUIRE(board.kernel.dtbs.size() == 1);
    CHECK(board.kernel.dtbs[0].starts_with("broadcom/bcm2711-"));
    CHECK(board.rootfs.hostname == "carrier");
    CHECK(lines_of_toml(host::read_file(folder / "carrier.toml").value()) <= 12);
}

TEST_CASE("a device tree finds the file of its SoC") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    CHECK(find_soc({"raspberrypi,400", "brcm,bcm2711"}, search) == "bcm2711");
    CHECK(find_soc({"vendor,box-one", "vendor,chip7"}, search).empty());
    auto hardware = unknown_hardware();
    hardware.compatible = {"vendor,carrier", "brcm,bcm2711"};
    const auto board = write_and_load(
        {.name = "carrier", .folder = folder.path(), .hardware = hardware, .dtb = "broadcom/carrier.dtb"},
        search);
    CHECK(board.kernel.dtbs == std::vector<std::string>{"broadcom/carrier.dtb"});
    CHECK(board.description == "Vendor Box One");
    CHECK(board.boot.method == "rpi-firmware");
    CHECK(lines_of_toml(host::read_file(folder / "carrier.toml").value()) <= 12);
}

TEST_CASE("a device tree of another SoC makes a whole board, its drivers derived") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    const auto board = write_and_load(
        {.name = "box_one", .folder = folder.path(), .hardware = unknown_hardware(), .dtb = "vendor/box.dtb"},
        search);
    CHECK(board.boot.method == "u-boot");
    CHECK(board.boot.cmdline == "console=ttyS2,1500000 root={root} rootfstype=ext4 rootwait");
    CHECK(board.kernel.dtbs == std::vector<std::string>{"vendor/box.dtb"});
    CHECK(board.kernel.root_symbols == std::vector<std::string>{"MMC"});
    REQUIRE(board.kernel.sources.size() == 1);
    CHECK(board.kernel.sources[0].package == "linux-source-6.12");
    CHECK(board.kernel.default_profile == "board");
    for (const auto* profile : {"board", "lean", "tiny"})
        CHECK(board.kernel.profiles.at(profile).derive);
    CHECK(board.rootfs.hostname == "box-one");
    CHECK(lines_of_toml(host::read_file(folder / "box_one.toml").value()) <= 40);
    const auto text = host::read_file(folder / "box_one.toml").value();
    CHECK(text.contains("# Memory: 1.0 GiB.\n# Disks: SD card (/soc/mmc@1000), USB.\n"));
}

TEST_CASE("the lines for a boot loader are a board's as soon as they are uncommented") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    auto hardware = unknown_hardware();
    hardware.loader = {
        .package = "u-boot-rockchip",
        .pieces = {{.file = "idbloader.img", .offset = "32K"}, {.file = "u-boot.itb", .offset = "8M"}},
        .alignment = "16M"};
    const NewBoardRequest request{
        .name = "box", .folder = folder.path(), .hardware = hardware, .dtb = "vendor/box.dtb"};
    CHECK(write_and_load(request, search).boot.loaders.empty());
    const auto commented = host::read_file(folder / "box.toml").value();
    std::string text;
    bool behind = false;  // the first line of the loader's is its package
    for (const auto line : lines(commented)) {
        behind = behind || line.starts_with("# package = ");
        text += std::string(behind && line.starts_with("# ") ? line.substr(2) : line) + '\n';
    }
    folder.write("box.toml", text);
    const auto board = load_board("box", search);
    INFO(text << (board ? "" : render(board.error(), false)));
    REQUIRE(board);
    CHECK(board->boot.package == "u-boot-rockchip");
    REQUIRE(board->boot.loaders.size() == 2);
    CHECK(board->boot.loaders[0].file == "BOARD/idbloader.img");
    CHECK(board->boot.loaders[0].offset == 32U << 10);
    CHECK(board->boot.loaders[1].offset == 8U << 20);
    CHECK(board->image.alignment == 16U << 20);
    CHECK(lines_of_toml(text) <= 40);
}

TEST_CASE("a long name is cut to a host name that may be one") {
    const test::TempDir folder;
    const auto name = std::string(62, 'a') + "-b";  // the 63rd character is the last of a host name
    const auto board = write_and_load(
        {.name = name, .folder = folder.path(), .hardware = unknown_hardware(), .dtb = "vendor/box.dtb"},
        delivered_after(folder.path()));
    CHECK(board.rootfs.hostname == std::string(62, 'a'));
}

TEST_CASE("what a device tree does not tell is said in the new board") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    auto hardware = unknown_hardware();
    hardware.console.clear();
    const auto planned = plan_new_board(
        {.name = "box", .folder = folder.path(), .hardware = hardware, .dtb = "box.dtb"}, search);
    REQUIRE(planned);
    CHECK(planned->text.contains("dtbs = [\"vendor/box.dtb\"]  # a guess"));
    CHECK(planned->text.contains("does not name a console"));
    CHECK_FALSE(fs::exists(planned->file));
    hardware.arch.clear();
    const auto without = plan_new_board(
        {.name = "box", .folder = folder.path(), .hardware = hardware, .dtb = "box.dtb"}, search);
    REQUIRE_FALSE(without);
    CHECK(without.error().message.contains("architecture"));
}

TEST_CASE("a device tree from elsewhere is kept beside the board, for kernels that have none of that name") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    NewBoardRequest request{.name = "box",
                            .folder = folder.path(),
                            .hardware = unknown_hardware(),
                            .dtb = "fdt.dtb",
                            .blob = "a device tree"};
    const auto board = write_and_load(request, search);
    CHECK(board.kernel.dtbs == std::vector<std::string>{"vendor/fdt.dtb"});
    CHECK(board.kernel.dtb_file == folder / "box.dtb");
    CHECK(host::read_file(folder / "box.dtb").value() == "a device tree");
    // It is no board's file; but it is somebody's.
    fs::remove(folder / "box.toml");
    const auto refused = write_new_board(plan_new_board(request, search).value(), search);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("box.dtb exists already"));
    CHECK_FALSE(fs::exists(folder / "box.toml"));
}

TEST_CASE("a board from a device tree follows it with its configuration, where its SoC's file lets it") {
    const test::TempDir folder;
    auto hardware = unknown_hardware();
    hardware.compatible = {"vendor,carrier", "brcm,bcm2711"};
    const NewBoardRequest request{
        .name = "carrier", .folder = folder.path(), .hardware = hardware, .dtb = "broadcom/carrier.dtb"};
    CHECK(write_and_load(request, delivered_after(folder.path())).kernel.default_profile == "board");
    folder.write("own/soc/chip7.toml", "extends = \"soc/raspberrypi\"\ncompatible = [\"vendor,chip7\"]\n");
    folder.write("own/soc/raspberrypi.toml", "description = \"without profiles\"\n");
    const auto planned = plan_new_board(
        {.name = "other", .folder = folder / "own", .hardware = unknown_hardware(), .dtb = "x.dtb"},
        {.folders = {folder / "own"}});
    REQUIRE(planned);
    CHECK_FALSE(planned->text.contains("profile"));
}

TEST_CASE("a text out of a device tree stays a text in the new board") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    auto hardware = unknown_hardware();
    hardware.model = "Box\" # [boot] \\";
    const auto board = write_and_load(
        {.name = "box", .folder = folder.path(), .hardware = hardware, .dtb = "vendor/box.dtb"}, search);
    CHECK(board.description == hardware.model);
    CHECK(board.boot.method == "u-boot");
}

TEST_CASE("a new board never takes the place of a file") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    const auto refused = [&](const NewBoardRequest& request, const fs::path& file) {
        const auto planned = plan_new_board(request, search);
        REQUIRE(planned);
        const auto written = write_new_board(*planned, search);
        REQUIRE_FALSE(written);
        CHECK(written.error().message.contains(file.string() + " exists already"));
        CHECK(written.error().kind == ErrorKind::failed);
    };
    folder.write("there.toml", "mine");
    refused({.name = "there", .folder = folder.path(), .from = "rpi4"}, folder / "there.toml");
    CHECK(host::read_file(folder / "there.toml").value() == "mine");
    fs::create_symlink("nowhere", folder / "link.toml");
    refused({.name = "link", .folder = folder.path(), .from = "rpi4"}, folder / "link.toml");
    CHECK(fs::is_symlink(folder / "link.toml"));
}

TEST_CASE("a new board that would not pass is not left behind") {
    const test::TempDir folder;
    auto search = delivered_after(folder.path());
    search.boot_methods = {"other"};
    const auto planned = plan_new_board(
        {.name = "box", .folder = folder.path(), .hardware = unknown_hardware(), .dtb = "vendor/box.dtb"},
        search);
    REQUIRE(planned);
    const auto written = write_new_board(*planned, search);
    REQUIRE_FALSE(written);
    CHECK(written.error().message.contains("taken away"));
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("names that are paths, options or hidden files are refused") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    for (const char* name : {"", "..", "../up", "a/b", ".hidden", "a.b", "-x", "a b", "x\n"}) {
        INFO(name);
        const auto planned = plan_new_board({.name = name, .folder = folder.path(), .from = "rpi4"}, search);
        REQUIRE_FALSE(planned);
        CHECK(planned.error().kind == ErrorKind::usage);
    }
    const auto base = plan_new_board({.name = "x", .folder = folder.path(), .from = "../rpi4"}, search);
    CHECK_FALSE(base);
    const auto soc = plan_new_board({.name = "x", .folder = folder.path(), .soc = "bcm2711x"}, search);
    REQUIRE_FALSE(soc);
    CHECK(soc.error().message == "there is no SoC \"bcm2711x\"; did you mean \"bcm2711\"?");
    CHECK_FALSE(plan_new_board({.name = "x", .folder = folder.path(), .soc = "../soc/bcm2711"}, search));
}

TEST_CASE("every generic SoC file can be made a board of") {
    const test::TempDir folder;
    const auto search = delivered_after(folder.path());
    for (const char* arch : {"arm", "arm64", "riscv"}) {
        auto hardware = unknown_hardware();
        hardware.arch = arch;
        const auto name = std::string("box-") + arch;
        const auto board = write_and_load(
            {.name = name, .folder = folder.path(), .hardware = hardware, .dtb = "vendor/box.dtb"}, search);
        CHECK(board.kernel.arch == arch);
    }
}
