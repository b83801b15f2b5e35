#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>

#include "sdk/board/board.hpp"
#include "sdk/host/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::board;

namespace fs = std::filesystem;

namespace {

const fs::path source_dir = RPIKIT_SOURCE_DIR;

SearchPath delivered() {
    return {.folders = {source_dir / "boards"}, .toolchains = source_dir / "toolchains"};
}

}  // namespace

TEST_CASE("every delivered board loads, and all it names is there") {
    const auto names = list_boards(delivered());
    CHECK(std::ranges::count(names, "rpi4") == 1);
    for (const auto& name : names) {
        const auto board = load_board(name, delivered());
        INFO(name << ": " << (board ? "" : render(board.error(), false)));
        REQUIRE(board);
        CHECK(board->name == name);
        CHECK(board->file.is_absolute());
    }
}

TEST_CASE("the Raspberry Pi 4") {
    const auto board = load_board("rpi4", delivered());
    REQUIRE(board);
    CHECK(board->files.size() == 3);
    CHECK(board->kernel.arch == "arm64");
    CHECK(board->kernel.dtbs == std::vector<std::string>{"broadcom/bcm2711-rpi-4-b.dtb"});
    REQUIRE(board->kernel.sources.size() == 2);
    CHECK(board->kernel.sources[0].provider == "git");
    CHECK(board->kernel.sources[0].defconfig == "bcm2711_defconfig");
    CHECK(board->kernel.sources[0].cmdline.empty());
    CHECK(board->kernel.sources[1].package == "linux-source-6.12");
    CHECK(board->kernel.sources[1].cmdline.contains("console=ttyS1"));
    CHECK(board->kernel.profiles.at("vendor").base.empty());
    CHECK(board->kernel.profiles.at("lean").fragments.front() == source_dir / "boards/fragments/base.config");
    CHECK(std::ranges::count(board->boot.config_txt, "kernel=Image.gz") == 1);
    CHECK(std::ranges::count(board->boot.config_txt, "device_tree=bcm2711-rpi-4-b.dtb") == 1);
    CHECK(board->image.alignment == 4U << 20);
    REQUIRE(board->image.partitions.size() == 2);
    CHECK(board->image.partitions[0].free == 32U << 20);
    CHECK_FALSE(board->image.partitions[0].size);
    CHECK(board->rootfs.network == "dhcp");
    CHECK(board->emulator.machine == "raspi4b");
    CHECK(board->emulator.device_tree.size() == 9);
    CHECK(board->checks.root_device == "mmcblk0p2");
}

TEST_CASE("where a Raspberry Pi has its Bluetooth chip the emulator's console is free of it") {
    for (const auto* name : {"rpi4", "rpi400", "cm4", "rpi3", "rpi-zero2w"}) {
        INFO(name);
        const auto board = load_board(name, delivered());
        REQUIRE(board);
        CHECK(std::ranges::any_of(board->emulator.device_tree, [](const DeviceTreeEdit& edit) {
            return edit.node == "/soc/serial@7e201000/bluetooth" && edit.disable;
        }));
    }
}

TEST_CASE("a host that the emulator has is not excused for what it lacks behind it") {
    for (const auto* name : {"rpi3", "rpi-zero2w"}) {
        INFO(name);
        const auto board = load_board(name, delivered());
        REQUIRE(board);
        CHECK(std::ranges::none_of(board->checks.unbound,
                                   [](const auto& pattern) { return pattern.starts_with("/soc/mmc"); }));
        CHECK(std::ranges::any_of(board->emulator.device_tree, [](const DeviceTreeEdit& edit) {
            return edit.node == "/soc/mmc@7e300000" && edit.remove == std::vector<std::string>{"mmc-pwrseq"};
        }));
    }
}

TEST_CASE("boards of another SoC change what is theirs alone") {
    const auto rpi2 = load_board("rpi2", delivered());
    REQUIRE(rpi2);
    CHECK(rpi2->kernel.arch == "arm");
    CHECK(rpi2->kernel.image == "zImage");
    CHECK(rpi2->rootfs.debian_arch == "armhf");
    CHECK(rpi2->kernel.sources[0].branch == "rpi-6.12.y");
    CHECK(rpi2->kernel.sources[0].defconfig == "bcm2709_defconfig");
    CHECK(rpi2->kernel.sources[1].cmdline.contains("console=ttyAMA0"));
    CHECK(std::ranges::count(rpi2->boot.config_txt, "kernel=zImage") == 1);
    const auto rpi5 = load_board("rpi5", delivered());
    REQUIRE(rpi5);
    CHECK(rpi5->boot.firmware.empty());
    CHECK(rpi5->emulator.machine.empty());
    CHECK(rpi5->kernel.sources[1].alternatives.empty());
}

TEST_CASE("no delivered board claims a boot without an emulator, and its file is short") {
    for (const auto& name : list_boards(delivered())) {
        INFO(name);
        const auto board = load_board(name, delivered());
        REQUIRE(board);
        CHECK((board->tested != "booted in QEMU" || !board->emulator.machine.empty()));
        // Its SoC's file makes a board one of a known SoC, unless that SoC has several architectures.
        std::ifstream file(board->file);
        std::string line;
        int count = 0;
        bool names_architecture = false;
        while (std::getline(file, line)) {
            if (!line.empty() && !line.starts_with('#')) ++count;
            if (line.starts_with("arch = ")) names_architecture = true;
        }
        CHECK(count > 0);
        CHECK(count <= (names_architecture ? 40 : 12));
    }
}

TEST_CASE("the README's table says of every delivered board how it was tried, as its file does") {
    std::ifstream readme(source_dir / "README.md");
    std::map<std::string, std::string> last_cell;  // of the rows that name a board
    for (std::string line; std::getline(readme, line);) {
        if (!line.starts_with("| `")) continue;
        const auto names = line.substr(0, line.find(" |", 2));
        for (std::size_t at = names.find('`'); at != std::string::npos; at = names.find('`', at + 1)) {
            const auto end = names.find('`', at + 1);
            last_cell[names.substr(at + 1, end - at - 1)] = line.substr(line.rfind("| ", line.size() - 3));
            at = end;
        }
    }
    for (const auto& name : list_boards(delivered())) {
        INFO(name);
        const auto board = load_board(name, delivered());
        REQUIRE(board);
        const auto& cell = last_cell[name];
        if (board->tested == "booted in QEMU")
            CHECK(cell == "| booted, `" + board->emulator.machine + "` |");
        else
            CHECK((board->tested == "built" && cell.starts_with("| built")));
    }
}

TEST_CASE("a kernel for 32-bit Arm starts wherever a board's memory begins") {
    for (const auto* name : {"rpi2", "soc/generic-arm"}) {
        const test::TempDir folder;
        const auto file = folder.write("mine.toml", "extends = \"" + std::string(name) + R"("
description = "mine"
[kernel]
dtbs = ["mine.dtb"]
[boot]
method = "u-boot"
cmdline = "console=ttyS0 root={root}"
config_txt = []
firmware = []
[rootfs]
hostname = "mine"
)");
        const auto board = load_board(file.string(), delivered());
        INFO(name << (board ? "" : render(board.error(), false)));
        REQUIRE(board);
        for (const auto& [profile, what] : board->kernel.profiles) {
            if (what.base.empty()) continue;  // the source's own defconfig
            INFO(profile);
            CHECK(std::ranges::any_of(what.fragments, [](const fs::path& fragment) {
                return host::read_file(fragment).value().contains("CONFIG_ARCH_MULTIPLATFORM=y\n");
            }));
        }
    }
}
