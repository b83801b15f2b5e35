#include "sdk/boot/known_drivers.hpp"

#include <array>

namespace rpikit::boot {

namespace {

// clang-format off
constexpr std::array uarts = std::to_array<KnownUart>({
    {"snps,dw-apb-uart", "ttyS"},
    {"ns16550a", "ttyS"},
    {"ns16550", "ttyS"},
    {"nvidia,tegra20-uart", "ttyS"},
    {"mediatek,mt6577-uart", "ttyS"},
    {"ti,am654-uart", "ttyS"},
    {"brcm,bcm2835-aux-uart", "ttyS"},
    {"arm,pl011", "ttyAMA"},
    {"amlogic,meson-gx-uart", "ttyAML"},
    {"fsl,imx6q-uart", "ttymxc"},
    {"fsl,imx21-uart", "ttymxc"},
    {"fsl,imx7ulp-lpuart", "ttyLP"},
    {"fsl,ls1021a-lpuart", "ttyLP"},
    {"qcom,msm-uartdm", "ttyMSM"},
    {"qcom,geni-debug-uart", "ttyMSM"},
    {"samsung,exynos4210-uart", "ttySAC"},
    {"renesas,scif", "ttySC"},
    {"xlnx,xuartps", "ttyPS"},
    {"cdns,uart-r1p12", "ttyPS"},
    {"marvell,armada-3700-uart", "ttyMV"},
    {"st,stm32h7-uart", "ttySTM"},
    {"sifive,uart0", "ttySIF"},
});

constexpr std::array disks = std::to_array<KnownDisk>({
    {"allwinner,sun4i-a10-mmc", "MMC_SUNXI"},
    {"allwinner,sun5i-a13-mmc", "MMC_SUNXI"},
    {"allwinner,sun7i-a20-mmc", "MMC_SUNXI"},
    {"allwinner,sun9i-a80-mmc", "MMC_SUNXI"},
    {"allwinner,sun50i-a64-mmc", "MMC_SUNXI"},
    {"allwinner,sun50i-a64-emmc", "MMC_SUNXI"},
    {"allwinner,sun50i-a100-mmc", "MMC_SUNXI"},
    {"allwinner,sun20i-d1-mmc", "MMC_SUNXI"},
    {"rockchip,rk3288-dw-mshc", "MMC_DW MMC_DW_ROCKCHIP"},
    {"rockchip,rk3568-dwcmshc", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_OF_DWCMSHC"},
    {"snps,dwcmshc-sdhci", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_OF_DWCMSHC"},
    {"arasan,sdhci-5.1", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_OF_ARASAN"},
    {"arasan,sdhci-8.9a", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_OF_ARASAN"},
    {"xlnx,zynqmp-8.9a", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_OF_ARASAN"},
    {"amlogic,meson-gx-mmc", "MMC_MESON_GX"},
    {"amlogic,meson-axg-mmc", "MMC_MESON_GX"},
    {"brcm,bcm2711-emmc2", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_IPROC"},
    {"fsl,imx7d-usdhc", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_ESDHC_IMX"},
    {"ti,am62-sdhci", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_AM654"},
    {"ti,am654-sdhci-5.1", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_AM654"},
    {"qcom,sdhci-msm-v4", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_MSM"},
    {"qcom,sdhci-msm-v5", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_MSM"},
    {"nvidia,tegra210-sdhci", "MMC_SDHCI MMC_SDHCI_PLTFM MMC_SDHCI_TEGRA"},
    {"mediatek,mt8183-mmc", "MMC_MTK"},
    {"renesas,rcar-gen3-sdhi", "MMC_SDHI"},
    {"generic-ahci", "ATA SATA_AHCI_PLATFORM BLK_DEV_SD"},
    {"snps,dwc-ahci", "ATA SATA_AHCI_PLATFORM BLK_DEV_SD"},
});

constexpr std::array vendors = std::to_array<KnownVendor>({
    {"allwinner", "allwinner"},
    {"amlogic", "amlogic"},
    {"brcm", "broadcom"},
    {"fsl", "freescale"},
    {"hisilicon", "hisilicon"},
    {"marvell", "marvell"},
    {"mediatek", "mediatek"},
    {"nvidia", "nvidia"},
    {"qcom", "qcom"},
    {"renesas", "renesas"},
    {"rockchip", "rockchip"},
    {"samsung", "exynos"},
    {"sifive", "sifive"},
    {"starfive", "starfive"},
    {"ti", "ti"},
    {"xlnx", "xilinx"},
});

constexpr std::array loaders = std::to_array<KnownLoader>({
    {"allwinner", "arm64", "u-boot-sunxi", "sunxi-spl.bin 8K, u-boot-sunxi-with-spl.fit.itb 40K", ""},
    {"allwinner", "arm", "u-boot-sunxi", "u-boot-sunxi-with-spl.bin 8K", ""},
    {"rockchip", "arm64", "u-boot-rockchip", "idbloader.img 32K, u-boot.itb 8M", "16M"},
});
// clang-format on

}  // namespace

std::span<const KnownUart> known_uarts() {
    return uarts;
}

std::span<const KnownDisk> known_disks() {
    return disks;
}

std::span<const KnownVendor> known_vendors() {
    return vendors;
}

std::span<const KnownLoader> known_loaders() {
    return loaders;
}

}  // namespace rpikit::boot
