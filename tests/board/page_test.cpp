#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "sdk/board/board.hpp"
#include "sdk/board/board_schema.hpp"
#include "sdk/board/reference.hpp"
#include "sdk/host/file.hpp"
#include "tests/support/doc_page.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::board;

namespace fs = std::filesystem;

namespace {

const fs::path source_dir = RPIKIT_SOURCE_DIR;
const fs::path page = source_dir / "docs/adding-a-board.md";

/// The page's boards beside the delivered ones.
struct Page {
    test::TempDir folder;
    SearchPath search{.folders = {folder / "boards", source_dir / "boards"},
                      .toolchains = source_dir / "toolchains"};

    Page() {
        for (const auto& [path, text] : test::files_in_page(page))
            folder.write(path, text);
    }
    Board load(const std::string& name) const {
        auto board = load_board(name, search);
        INFO((board ? "" : render(board.error(), false)));
        REQUIRE(board);
        return *std::move(board);
    }
};

}  // namespace

TEST_CASE("the boards of the page load") {
    const Page boards;
    const auto names = list_boards(boards.search);
    for (const char* name : {"rpi3plus", "gateway", "myboard", "flash", "beside", "orangepi-pc"}) {
        REQUIRE(std::ranges::count(names, name) == 1);
        CHECK(boards.load(name).name == name);
    }
    CHECK(boards.load("rpi3plus").kernel.dtbs ==
          std::vector<std::string>{"broadcom/bcm2837-rpi-3-b-plus.dtb"});
    CHECK(boards.load("myboard").boot.config_txt.back() == "device_tree=board.dtb");
    CHECK(boards.load("orangepi-pc").emulator.machine == "orangepi-pc");
    CHECK(boards.load("orangepi-pc").kernel.profiles.at("board").derive);
}

TEST_CASE("the page's board with settings of its own is what the page says") {
    const Page boards;
    const auto gateway = boards.load("gateway");
    REQUIRE(gateway.kernel.sources.size() == 2);
    CHECK(gateway.kernel.sources[0].name == "ours");
    CHECK(gateway.kernel.sources[1].name == "distro");
    CHECK(gateway.kernel.sources[1].profile == "tiny");
    CHECK(gateway.kernel.sources[1].package == "linux-source-6.12");
    for (const auto& [name, profile] : gateway.kernel.profiles) {
        CHECK(profile.fragments.back() == boards.folder / "boards/gateway/gateway.config");
    }
    std::vector<std::string> partitions;
    for (const auto& partition : gateway.image.partitions)
        partitions.push_back(partition.name);
    CHECK(partitions == std::vector<std::string>{"boot", "root", "data"});
    CHECK(gateway.image.partitions[1].size == std::uint64_t{2} << 30);
    CHECK(gateway.image.partitions[1].filesystem == "ext4");
    CHECK(gateway.rootfs.hostname == "gateway");
    CHECK(gateway.emulator.machine == "raspi4b");
}

TEST_CASE("the page's board with files beside it is what the page says") {
    const Page boards;
    const auto beside = boards.load("beside");
    CHECK(beside.kernel.patches == std::vector<fs::path>{boards.folder / "boards/beside/fix.patch"});
    CHECK(beside.boot.overlay_files == std::vector<fs::path>{boards.folder / "boards/beside/hat.dts"});
    CHECK(beside.rootfs.overlay == boards.folder / "boards/beside/root");
    for (const auto& file : {beside.kernel.patches[0], beside.boot.overlay_files[0]})
        CHECK(fs::is_regular_file(file));
}

TEST_CASE("the page's board with an initramfs is what the page says") {
    const Page boards;
    const auto flash = boards.load("flash");
    CHECK(flash.image.partitions[1].filesystem == "f2fs");
    CHECK(flash.initramfs.enabled);
    CHECK(flash.initramfs.compression == "gzip");
    CHECK(flash.initramfs.classes == std::vector<std::string>{"storage", "usb-storage"});
    CHECK(flash.initramfs.modules == std::vector<std::string>{"loop"});
    REQUIRE(flash.initramfs.files.size() == 1);
    CHECK(flash.initramfs.files[0].source == boards.folder / "boards/flash/motd");
    CHECK(flash.initramfs.files[0].target == "etc/motd");
    CHECK(fs::exists(boards.folder / "boards/flash/initramfs/init-bottom/10-motd.sh"));
    CHECK_FALSE(boards.load("gateway").initramfs.enabled);
    CHECK(boards.load("gateway").initramfs.classes == std::vector<std::string>{"storage"});
}

TEST_CASE("the reference page is the one that is made of the loader's table") {
    const fs::path reference = source_dir / "docs/reference/board.md";
    if (std::getenv("RPIKIT_UPDATE_SNAPSHOTS") != nullptr) {
        fs::create_directories(reference.parent_path());
        REQUIRE(host::write_file(reference, board_reference()));
    }
    const auto text = host::read_file(reference);
    REQUIRE(text);
    CHECK(*text == board_reference());
    for (const auto& row : board_schema())
        CHECK(text->contains("| `" + std::string(row.key) + "` |"));
}
