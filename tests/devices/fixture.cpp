#include "tests/devices/fixture.hpp"

#include <algorithm>
#include <stdexcept>

#include "sdk/host/file.hpp"

namespace rpikit::test {

namespace {

constexpr std::string_view kconfig_text = R"(
config ARM64
	def_bool y
config MODULES
	bool "modules"
	modules
config COMPILE_TEST
	bool "compile test"
config ARCH_ACME
	bool "Acme"
config ARCH_OTHER
	bool "Other"
config NET
	bool "net"
menuconfig NETDEVICES
	bool "network devices"
	depends on NET
config NET_VENDOR_ACME
	bool "Acme's"
	depends on NETDEVICES
config ACME_MAC
	tristate "Acme MAC"
	depends on NET_VENDOR_ACME && (ARCH_ACME || COMPILE_TEST)
	select ACME_LIB
config ACME_LIB
	tristate
config OTHER_MAC
	tristate "Other MAC"
	depends on ARCH_OTHER || COMPILE_TEST
config UART_ACME
	bool "Acme UART"
config UART_FAST
	bool "Acme UART, fast"
	depends on ARCH_OTHER
config IRQ_ACME
	bool
	default y if ARCH_ACME
config WIFI
	tristate "WiFi"
	depends on !NO_WIFI
config NO_WIFI
	bool "no WiFi"
config AGAINST_WIFI
	bool "instead of WiFi"
	depends on !WIFI
config ACME_PMIC
	bool "power chip"
config ACME_PMIC_WDT
	bool "watchdog of the power chip"
	depends on ACME_PMIC
)";

constexpr std::string_view mac_source = R"(
#include <linux/module.h>
#include "mac.h"
/* .compatible = "acme,in-a-comment" stands in no table */
static const struct of_device_id mac_match[] = {
	{ .compatible = "acme,mac-v2", .data = &v2 },
	{ .compatible =
		"acme,mac" },
	{ }
};
MODULE_DEVICE_TABLE(of, mac_match);
static const struct pci_device_id mac_pci[] = {
	{ PCI_DEVICE(0x1AF4, MAC_ID) },
	{ PCI_VDEVICE(ACME, 0x22), 0x020000, 0xffff00 },
	{ PCI_DEVICE(UNKNOWN_VENDOR, 1) },
	{ }
};
MODULE_DEVICE_TABLE(pci, mac_pci);
static const struct usb_device_id mac_usb[] = {
	{ .match_flags = 3, .idVendor = 0x0424, .idProduct = 0x9514 },
	{ }
};
MODULE_DEVICE_TABLE(usb, mac_usb);
static struct platform_driver mac_driver = {
	.driver = { .of_match_table = mac_match },
};
)";

constexpr std::string_view headers = R"(
#define PCI_ANY_ID (~0)
#define PCI_VENDOR_ID_ACME 0x1af5
#define PCI_DEVICE(vend,dev) \
	.vendor = (vend), .device = (dev), \
	.subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID
#define PCI_VDEVICE(vend, dev) \
	.vendor = PCI_VENDOR_ID_##vend, .device = (dev), \
	.subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID, 0, 0
)";

}  // namespace

DriverTree::DriverTree() {
    environment_.set("ARCH", "arm64");
    environment_.set("SRCARCH", "arm64");
    write("Kconfig", kconfig_text);
    write("Kbuild", "obj-y += drivers/ sound/\nobj-$(CONFIG_NET) += net/\n");
    write("include/linux/pci.h", headers);
    write("arch/arm64/Kbuild", "obj-y += kernel/\n");
    write("arch/arm64/boot/dts/acme/Makefile", "dtb-$(CONFIG_ARCH_ACME) += board.dtb\n");
    write("arch/arm64/boot/dts/acme/board.dts", "#include \"soc.dtsi\"\n");
    write("arch/arm64/boot/dts/acme/soc.dtsi", "/ {\n\tcompatible = \"acme,board\", \"acme,soc\";\n};\n");
    write("drivers/Makefile", "obj-$(CONFIG_NETDEVICES) += net/\nobj-y += tty/ irq/ mfd/ staging/\n");
    write("drivers/net/Makefile",
          "obj-$(CONFIG_NET_VENDOR_ACME) += acme/\nobj-$(CONFIG_OTHER_MAC) += other.o\n"
          "obj-$(CONFIG_WIFI) += wifi.o\nobj-$(CONFIG_AGAINST_WIFI) += against.o\n"
          "obj-$(CONFIG_ARCH_OTHER) += platform.o\n");
    write("drivers/net/platform.c", "x = of_device_is_compatible(np, \"acme,dma\");\n");
    write("drivers/net/against.c",
          "const struct of_device_id no[] = {{ .compatible = \"acme,no-wifi\" }, {}};\n");
    write("drivers/net/acme/Makefile", "obj-$(CONFIG_ACME_MAC) += acme_mac.o\nacme_mac-objs := mac.o hw.o\n");
    write("drivers/net/acme/mac.h", "#define MAC_ID 0x0011\n");
    write("drivers/net/acme/mac.c", mac_source);
    write("drivers/net/other.c",
          "static const struct of_device_id m[] = {{ .compatible = \"other,mac\" }, {}};\n"
          "MODULE_DEVICE_TABLE(of, m);\n");
    write("drivers/net/wifi.c", "x = of_device_is_compatible(np, \"acme,wifi\");\n");
    write("drivers/tty/Makefile", "obj-$(CONFIG_UART_ACME) += uart.o\nobj-$(CONFIG_UART_FAST) += fast.o\n");
    write("drivers/tty/uart.c",
          "const struct of_device_id uart[] = {{ .compatible = \"acme,uart\" }, {}};\n");
    write("drivers/tty/fast.c",
          "const struct of_device_id fast[] = {{ .compatible = \"acme,uart\" }, {}};\n");
    write("drivers/irq/Makefile", "obj-$(CONFIG_IRQ_ACME) += irq.o\n");
    write("drivers/irq/irq.c", "IRQCHIP_DECLARE(acme, \"acme,irq\", acme_init);\n");
    write("drivers/mfd/Makefile", "obj-$(CONFIG_ACME_PMIC) += pmic.o\n");
    write("drivers/mfd/pmic.c",
          "static const struct i2c_device_id ids[] = {\n\t{ \"pmic9\", 0 },\n\t{ }\n};\n"
          "MODULE_DEVICE_TABLE(i2c, ids);\n");
    write("drivers/mfd/nobody.c", "IRQCHIP_MATCH(\"acme,never-built\", init)\n");
}

Result<devices::Index> DriverTree::build() const {
    return devices::Index::build(folder.path(), "tree-1", "arm64");
}

devices::Index DriverTree::index() const {
    auto index = build();
    if (!index) throw std::runtime_error(render(index.error(), false));
    return *std::move(index);
}

Result<kconfig::Tree> DriverTree::kconfig() {
    return kconfig::Tree::load(host.host(), folder.path(), environment_);
}

source::SourceTree DriverTree::source() const {
    return {.root = folder.path(), .identity = "tree-1", .version = "6.12.1", .source = {}, .pin = {}};
}

std::string compile_device_tree(std::string_view text) {
    const TempDir folder;
    const auto source = folder.write("tree.dts", "/dts-v1/;\n" + std::string(text));
    const auto blob = folder / "tree.dtb";
    const auto runner = host::make_process_runner();
    const auto run =
        runner->run({.argv = {"dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob.string(), source.string()},
                     .directory = folder.path(),
                     .environment = host::Environment::of_this_process()},
                    {});
    if (!run || run->code != 0) throw std::runtime_error("dtc: " + (run ? run->output : run.error().message));
    return host::read_file(blob).value();
}

devices::DeviceTree read_nodes(std::string_view text) {
    auto tree = devices::read_device_tree(compile_device_tree(text));
    if (!tree) throw std::runtime_error(render(tree.error(), false));
    return *std::move(tree);
}

std::vector<std::string> sources(const std::vector<devices::Driver>& drivers) {
    std::vector<std::string> names;
    for (const auto& driver : drivers)
        names.push_back(driver.source);
    return names;
}

const devices::DerivedNode& row_of(const devices::Derivation& derivation, std::string_view path) {
    const auto found = std::ranges::find(derivation.nodes, path, &devices::DerivedNode::path);
    if (found == derivation.nodes.end()) throw std::runtime_error("no row for " + std::string(path));
    return *found;
}

}  // namespace rpikit::test
