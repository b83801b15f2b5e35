#include "sdk/boot/known_drivers.hpp"

#include <array>

namespace rpikit::boot {

namespace {

// clang-format off
constexpr std::array uarts = std::to_array<KnownDriver>({
    {"snps,dw-apb-uart", "SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_8250_DW", "ttyS"},
    {"ns16550a", "SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_OF_PLATFORM", "ttyS"},
    {"ns16550", "SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_OF_PLATFORM", "ttyS"},
    {"nvidia,tegra20-uart", "SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_OF_PLATFORM", "ttyS"},
    {"mediatek,mt6577-uart", "SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_8250_MT6577", "ttyS"},
    {"ti,am654-uart", "SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_8250_OMAP", "ttyS"},
    {"brcm,bcm2835-aux-uart", "SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_8250_EXTENDED SERIAL_8250_SHARE_IRQ "
                              "SERIAL_8250_BCM2835AUX", "ttyS"},
    {"arm,pl011", "SERIAL_AMBA_PL011 SERIAL_AMBA_PL011_CONSOLE", "ttyAMA"},
    {"amlogic,meson-gx-uart", "SERIAL_MESON SERIAL_MESON_CONSOLE", "ttyAML"},
    {"fsl,imx6q-uart", "SERIAL_IMX SERIAL_IMX_CONSOLE", "ttymxc"},
    {"fsl,imx21-uart", "SERIAL_IMX SERIAL_IMX_CONSOLE", "ttymxc"},
    {"fsl,imx7ulp-lpuart", "SERIAL_FSL_LPUART SERIAL_FSL_LPUART_CONSOLE", "ttyLP"},
    {"fsl,ls1021a-lpuart", "SERIAL_FSL_LPUART SERIAL_FSL_LPUART_CONSOLE", "ttyLP"},
    {"qcom,msm-uartdm", "SERIAL_MSM SERIAL_MSM_CONSOLE", "ttyMSM"},
    {"qcom,geni-debug-uart", "QCOM_GENI_SE SERIAL_QCOM_GENI SERIAL_QCOM_GENI_CONSOLE", "ttyMSM"},
    {"samsung,exynos4210-uart", "SERIAL_SAMSUNG SERIAL_SAMSUNG_CONSOLE", "ttySAC"},
    {"renesas,scif", "SERIAL_SH_SCI SERIAL_SH_SCI_CONSOLE", "ttySC"},
    {"xlnx,xuartps", "SERIAL_XILINX_PS_UART SERIAL_XILINX_PS_UART_CONSOLE", "ttyPS"},
    {"cdns,uart-r1p12", "SERIAL_XILINX_PS_UART SERIAL_XILINX_PS_UART_CONSOLE", "ttyPS"},
    {"marvell,armada-3700-uart", "SERIAL_MVEBU_UART SERIAL_MVEBU_CONSOLE", "ttyMV"},
    {"st,stm32h7-uart", "SERIAL_STM32 SERIAL_STM32_CONSOLE", "ttySTM"},
    {"sifive,uart0", "SERIAL_SIFIVE SERIAL_SIFIVE_CONSOLE", "ttySIF"},
});

constexpr std::array disks = std::to_array<KnownDriver>({
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

// Kconfig.platforms of arch/arm64, Kconfig.socs of arch/riscv.
constexpr std::array vendors = std::to_array<KnownVendor>({
    {"allwinner", "ARCH_SUNXI", "allwinner"},
    {"amlogic", "ARCH_MESON", "amlogic"},
    {"brcm", "", "broadcom"},
    {"fsl", "ARCH_NXP ARCH_MXC", "freescale"},
    {"hisilicon", "ARCH_HISI", "hisilicon"},
    {"marvell", "ARCH_MVEBU", "marvell"},
    {"mediatek", "ARCH_MEDIATEK", "mediatek"},
    {"nvidia", "ARCH_TEGRA", "nvidia"},
    {"qcom", "ARCH_QCOM", "qcom"},
    {"renesas", "ARCH_RENESAS", "renesas"},
    {"rockchip", "ARCH_ROCKCHIP", "rockchip"},
    {"samsung", "ARCH_EXYNOS", "exynos"},
    {"sifive", "ARCH_SIFIVE", "sifive"},
    {"starfive", "ARCH_STARFIVE", "starfive"},
    {"ti", "ARCH_K3", "ti"},
    {"xlnx", "ARCH_ZYNQMP", "xilinx"},
});
// clang-format on

}  // namespace

std::span<const KnownDriver> known_uarts() {
    return uarts;
}

std::span<const KnownDriver> known_disks() {
    return disks;
}

std::span<const KnownVendor> known_vendors() {
    return vendors;
}

}  // namespace rpikit::boot
