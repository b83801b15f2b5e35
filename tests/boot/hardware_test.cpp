#include "sdk/boot/hardware.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "sdk/boot/known_drivers.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/process.hpp"
#include "sdk/support/text.hpp"
#include "tests/boot/fixtures.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

/// What dtc makes of a source.
std::string compiled(std::string_view source) {
    const test::TempDir folder;
    const auto file = folder.write("board.dts", source);
    const auto blob = folder / "board.dtb";
    const auto runner = host::make_process_runner();
    const auto made = host::run_checked(
        *runner, {.argv = {"dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob.string(), file.string()}});
    INFO((made ? "" : render(made.error(), false)));
    REQUIRE(made);
    return host::read_file(blob).value();
}

constexpr std::string_view box = R"(/dts-v1/;
/ {
    model = "Vendor Box One";
    compatible = "rockchip,box-one", "rockchip,chip7";
    #address-cells = <2>;
    #size-cells = <2>;
    aliases { serial2 = "/soc/serial@3000"; serial0 = "/soc/serial@4000"; };
    chosen { stdout-path = "serial2:1500000n8"; };
    cpus {
        #address-cells = <1>;
        #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; };
    };
    memory@0 { device_type = "memory"; reg = <0x0 0x200000 0x0 0x3fe00000>, <0x1 0x0 0x1 0x0>; };
    soc {
        #address-cells = <1>;
        #size-cells = <1>;
        mmc@1000 { compatible = "rockchip,rk3288-dw-mshc"; reg = <0x1000 0x100>; };
        mmc@2000 { compatible = "rockchip,rk3568-dwcmshc"; reg = <0x2000 0x100>; non-removable; };
        mmc@2800 { compatible = "rockchip,rk3288-dw-mshc"; reg = <0x2800 0x100>; non-removable;
            #address-cells = <1>; #size-cells = <0>; wifi@1 { reg = <1>; }; };
        mmc@2900 { compatible = "rockchip,rk3288-dw-mshc"; reg = <0x2900 0x100>; status = "disabled"; };
        serial@3000 { compatible = "rockchip,chip7-uart", "snps,dw-apb-uart"; reg = <0x3000 0x100>; };
        serial@4000 { compatible = "arm,pl011"; reg = <0x4000 0x100>; };
        bus@5000 { status = "disabled"; reg = <0x5000 0x100>; usb@0 { compatible = "generic-ehci"; status = "okay"; }; };
        pins { sdmmc { }; };
        usb@6000 { compatible = "generic-ehci"; reg = <0x6000 0x100>; };
    };
};
)";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

board::Hardware read(std::string_view source) {
    auto hardware = boot::read_hardware(compiled(source));
    INFO((hardware ? "" : render(hardware.error(), false)));
    REQUIRE(hardware);
    return *std::move(hardware);
}

}  // namespace

TEST_CASE("a device tree tells what a new board needs", "[boot]") {
    const auto hardware = read(box);
    CHECK(hardware.model == "Vendor Box One");
    CHECK(hardware.compatible == std::vector<std::string>{"rockchip,box-one", "rockchip,chip7"});
    CHECK(hardware.arch == "arm64");
    CHECK(hardware.memory == 0x3fe00000 + (std::uint64_t{1} << 32));
    CHECK(hardware.console == "ttyS2");
    CHECK(hardware.baud == 1500000);
    CHECK(hardware.folder == "rockchip");
    std::vector<std::string> disks;
    for (const auto& disk : hardware.disks)
        disks.push_back(disk.kind + ' ' + disk.node);
    // Neither the WiFi, nor what is disabled, nor what lies below something disabled.
    CHECK(disks ==
          std::vector<std::string>{"SD card /soc/mmc@1000", "eMMC /soc/mmc@2000", "USB /soc/usb@6000"});
    CHECK(hardware.disk_symbols == std::vector<std::string>{"MMC", "MMC_BLOCK", "MMC_DW", "MMC_DW_ROCKCHIP",
                                                            "MMC_SDHCI", "MMC_SDHCI_PLTFM",
                                                            "MMC_SDHCI_OF_DWCMSHC"});
}

TEST_CASE("where a SoC looks for its boot loader is known by its maker and architecture", "[boot]") {
    const auto rockchip = read(box).loader;
    CHECK(rockchip.package == "u-boot-rockchip");
    REQUIRE(rockchip.pieces.size() == 2);
    CHECK(rockchip.pieces[0].file == "idbloader.img");
    CHECK(rockchip.pieces[0].offset == "32K");
    CHECK(rockchip.pieces[1].file == "u-boot.itb");
    CHECK(rockchip.pieces[1].offset == "8M");
    CHECK(rockchip.alignment == "16M");
    // The SoC's maker counts, whoever made the board.
    const auto allwinner = replaced(replaced(std::string(box), "rockchip,box-one", "xunlong,pc"),
                                    "rockchip,chip7", "allwinner,sun50i-h5");
    CHECK(read(allwinner).loader.pieces.at(1).offset == "40K");
    CHECK(read(replaced(allwinner, "arm,cortex-a53", "arm,cortex-a7")).loader.pieces.size() == 1);
    CHECK(read(replaced(allwinner, "allwinner,sun50i-h5", "maker,chip")).loader.package.empty());
    CHECK(read(replaced(std::string(box), "arm,cortex-a53", "arm,cortex-a7")).loader.package.empty());
}

TEST_CASE("the architecture is that of the processor", "[boot]") {
    const auto of_core = [](const char* core) {
        return read(replaced(std::string(box), "arm,cortex-a53", core)).arch;
    };
    CHECK(of_core("arm,cortex-a7") == "arm");
    CHECK(of_core("arm,cortex-a5") == "arm");
    CHECK(of_core("arm,cortex-a55") == "arm64");
    CHECK(of_core("arm,arm1176jzf-s") == "arm");
    CHECK(of_core("sifive,u74\", \"riscv") == "riscv");
    CHECK(of_core("maker,core") == "");
}

TEST_CASE("a console is told only when the tree leads to a port that is known", "[boot]") {
    const auto with_path = [](const char* path) {
        return read(replaced(std::string(box), "serial2:1500000n8", path));
    };
    CHECK(with_path("serial0").console == "ttyAMA0");
    CHECK(with_path("serial0").baud == 115200);
    CHECK(with_path("/soc/serial@3000:9600").console == "ttyS2");
    CHECK(with_path("serial7").console.empty());
    CHECK(with_path("/soc/none").console.empty());
    CHECK(with_path("/soc/usb@6000").console.empty());
    // A speed that is no speed.
    CHECK(with_path("serial2:99999999999999999999n8").baud == 115200);
    CHECK(with_path("serial2:1").baud == 115200);
}

TEST_CASE("an alias that leads to itself, or to an alias, leads nowhere", "[boot]") {
    auto source = replaced(std::string(box), "serial2 = \"/soc/serial@3000\"", "serial2 = \"serial2\"");
    CHECK(read(source).console.empty());
    source = replaced(std::string(box), "serial2 = \"/soc/serial@3000\"", "serial2 = \"serial0\"");
    CHECK(read(source).console.empty());
}

TEST_CASE("texts out of a device tree are plain and of a size", "[boot]") {
    const auto hostile = read(replaced(std::string(box), "Vendor Box One", "Box\\n\\xff\\x1b[2J"));
    CHECK(hostile.model == "Box???[2J");
    const auto endless = read(replaced(std::string(box), "Vendor Box One", std::string(5000, 'x')));
    CHECK(endless.model.size() == 200);
    const auto names = read(replaced(std::string(box), "\"rockchip,box-one\"", "\"a\\nb = 1\""));
    CHECK(names.compatible == std::vector<std::string>{"rockchip,chip7"});
}

TEST_CASE("memory of an impossible size counts for nothing", "[boot]") {
    const auto huge =
        read(replaced(std::string(box), "<0x1 0x0 0x1 0x0>", "<0x1 0x0 0xffffffff 0xffffffff>"));
    CHECK(huge.memory == 0x3fe00000);
    const auto none = read(replaced(std::string(box), "0x0 0x3fe00000>, <0x1 0x0 0x1 0x0>", "0x0 0x0>"));
    CHECK(none.memory == 0);
}

TEST_CASE("a device tree that is cut off, overwritten or no board's is refused or read within its bounds",
          "[boot]") {
    const auto whole = compiled(box);
    for (std::size_t size = 0; size < whole.size(); size += 7)
        CHECK_FALSE(boot::read_hardware(std::string(whole, 0, size)));
    CHECK_FALSE(boot::read_hardware("not a device tree"));
    CHECK_FALSE(boot::read_hardware(test::make_device_tree({})));
    std::minstd_rand random(1);
    for (int round = 0; round < 2000; ++round) {
        auto bytes = whole;
        for (int i = 0; i < 4; ++i)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        if (const auto hardware = boot::read_hardware(bytes)) CHECK(hardware->model.size() <= 200);
    }
}

TEST_CASE("what is known of drivers is well-formed", "[boot]") {
    for (const auto& uart : boot::known_uarts())
        CHECK(uart.tty.starts_with("tty"));
    for (const auto& disk : boot::known_disks())
        CHECK_FALSE(disk.symbols.empty());
    for (const auto& vendor : boot::known_vendors())
        CHECK_FALSE(vendor.folder.empty());
}
