#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <set>

#include "sdk/devices/requests.hpp"
#include "tests/devices/real_kernel.hpp"

using namespace rpikit;
using devices::Bus;
using test::real_kernel;

namespace {

/// What every board's configuration has in these tests.
const std::vector<std::string> base = {"MODULES=y", "NET=y", "INET=y", "BLOCK=y", "TTY=y", "PM=y"};

std::vector<devices::Rule> rules() {
    return devices::load_rules(std::filesystem::path(RPIKIT_SOURCE_DIR) / "boards/base/device-rules.toml")
        .value();
}

struct Derived {
    devices::Derivation derivation;
    devices::Requests requests;
    double seconds = 0;

    std::vector<std::string> settings() const {
        auto all = base;
        for (const auto& request : requests.requests)
            all.push_back(request.symbol + '=' + request.value);
        return all;
    }
    bool asks_for(const std::string& symbol) const {
        return std::ranges::count(requests.requests, symbol, &devices::Request::symbol) > 0;
    }
};

Derived derive(const std::string& name) {
    auto& kernel = real_kernel();
    const auto tree = devices::read_device_tree(kernel.device_tree(name));
    REQUIRE(tree);
    const auto begin = std::chrono::steady_clock::now();
    auto derivation = devices::derive(kernel.index(), *tree, rules(), "arm64");
    REQUIRE(derivation);
    const auto plan = kernel.plan("allnoconfig", base);
    REQUIRE(plan);
    const auto config = plan->with({});
    REQUIRE(config);
    auto requests = devices::plan_requests(
        plan->tree(), *config, *derivation, [&](const auto& more) { return plan->with(more); },
        plan->requests());
    REQUIRE(requests);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return {
        .derivation = *std::move(derivation), .requests = *std::move(requests), .seconds = seconds.count()};
}

/// Whether a configuration builds a driver.
bool builds(const kconfig::DotConfig& config, const devices::Driver& driver) {
    const auto any = [&](const devices::Ways& ways) {
        return std::ranges::any_of(ways, [&](const devices::Conditions& way) {
            return std::ranges::all_of(way, [&](const std::string& symbol) {
                return symbol.starts_with('!') ? config.value(symbol.substr(1)) == "n"
                                               : config.value(symbol) != "n";
            });
        });
    };
    return any(driver.ways) && std::ranges::all_of(driver.folders, any);
}

}  // namespace

TEST_CASE("a kernel's index takes a second or two and answers in microseconds", "[real]") {
    auto& kernel = real_kernel();
    fmt::print("index of {} mentions: {:.2f} s, {:.2f} s of processors\n", kernel.index().size(),
               kernel.index_seconds(), kernel.index_cpu_seconds());
    CHECK(kernel.index().size() > 30000);
    // 2 s on two cores; the time itself is that of whatever else the machine does.
    CHECK(kernel.index_cpu_seconds() < 4);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i)
        REQUIRE(kernel.index().find(Bus::of, "brcm,bcm2711-genet-v5").size() == 1);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
    const auto first = [](const std::vector<devices::Driver>& found) {
        return found.empty() ? std::string("none") : found.front().source;
    };
    CHECK(first(kernel.index().find_phy(0x600d84a2)) == "drivers/net/phy/broadcom.c");
    CHECK(first(kernel.index().find_modalias("pci:v00008086d00001502sv00000000sd00000000bc02sc00i00")) ==
          "drivers/net/ethernet/intel/e1000e/netdev.c");
}

TEST_CASE("the Raspberry Pi 4's device tree asks for its drivers, and all of them take", "[real]") {
    const auto pi = derive("broadcom/bcm2711-rpi-4-b");
    fmt::print("rpi4: {} requests, {} refused, {:.2f} s\n", pi.requests.requests.size(),
               pi.requests.refusals.size(), pi.seconds);
    const auto config = real_kernel().configure("allnoconfig", pi.settings());
    for (const auto* symbol :
         {"ARCH_BCM2835", "BCMGENET", "DRM_VC4", "DRM_V3D", "PCIE_BRCMSTB", "BT_HCIUART", "BT_HCIUART_BCM",
          "BRCMFMAC", "I2C_MUX_PINCTRL", "MMC_SDHCI_IPROC", "MMC_BLOCK", "SERIAL_AMBA_PL011",
          "RASPBERRYPI_FIRMWARE", "BCM2711_THERMAL", "BCM2835_WDT", "BCM2835_POWER", "USB_XHCI_PCI",
          "BROADCOM_PHY", "ARM_RASPBERRYPI_CPUFREQ"}) {
        INFO(symbol);
        CHECK(config.value(symbol) == "y");
    }
    CHECK_FALSE(pi.asks_for("TI_SYSC"));
    CHECK_FALSE(pi.asks_for("COMPILE_TEST"));
}

TEST_CASE("the rules' symbols are those of a kernel", "[real]") {
    const auto defined = real_kernel().symbols_of_all_architectures();
    // Of the kernels before 6.12 that rules are for, too.
    const std::set<std::string> earlier = {"ERRATA_THEAD_PBMT"};
    for (const auto& rule : rules()) {
        for (const auto& symbol : rule.symbols) {
            INFO(to_string(rule.where) << ' ' << symbol);
            CHECK((defined.contains(symbol) || earlier.contains(symbol)));
        }
    }
}

TEST_CASE("what arm64's defconfig builds for the Pi 4's device tree is in the derived configuration",
          "[real]") {
    auto& kernel = real_kernel();
    const auto pi = derive("broadcom/bcm2711-rpi-4-b");
    const auto ours = kernel.configure("allnoconfig", pi.settings());
    const auto vendor = kernel.configure("defconfig", {});
    const auto tree = devices::read_device_tree(kernel.device_tree("broadcom/bcm2711-rpi-4-b")).value();
    std::set<std::string> built;
    std::set<std::string> missing;
    for (const auto& node : tree.nodes) {
        for (const auto& name : node.compatible) {
            for (const auto& driver : kernel.index().find(Bus::of, name)) {
                if (driver.evidence < devices::Evidence::declaration || !builds(vendor, driver)) continue;
                built.insert(driver.source);
                if (!builds(ours, driver)) missing.insert(driver.source);
            }
        }
    }
    fmt::print("defconfig builds {} drivers for it, {} of them are not derived:\n", built.size(),
               missing.size());
    for (const auto& source : missing)
        fmt::print("  {}\n", source);
    CHECK(built.size() > 40);
    CHECK(missing.empty());
}

TEST_CASE("device trees of many makers derive without an error, and all that is asked for takes", "[real]") {
    const auto* name = GENERATE(
        "broadcom/bcm2837-rpi-3-b", "broadcom/bcm2712-rpi-5-b", "rockchip/rk3399-rockpro64",
        "rockchip/rk3588-rock-5b", "allwinner/sun50i-a64-pine64-plus", "allwinner/sun50i-h5-orangepi-pc2",
        "amlogic/meson-g12b-odroid-n2", "amlogic/meson-gxbb-odroidc2", "freescale/imx8mq-evk",
        "freescale/imx8mp-evk", "nvidia/tegra210-p3450-0000", "qcom/apq8016-sbc", "qcom/sdm845-db845c",
        "mediatek/mt8183-kukui-krane-sku0", "ti/k3-am625-sk", "ti/k3-j721e-sk", "xilinx/zynqmp-zcu102-rev1.0",
        "renesas/r8a779g0-white-hawk", "exynos/exynos5433-tm2", "marvell/armada-3720-espressobin",
        "hisilicon/hi3660-hikey960");
    const auto derived = derive(name);
    fmt::print("{}: {} requests, {} refused\n", name, derived.requests.requests.size(),
               derived.requests.refusals.size());
    CHECK_FALSE(derived.derivation.platforms.empty());
    CHECK(derived.requests.requests.size() > 15);
    try {
        real_kernel().configure("allnoconfig", derived.settings());
    } catch (const std::exception& error) {
        FAIL_CHECK(name << ": " << error.what());
    }
}
