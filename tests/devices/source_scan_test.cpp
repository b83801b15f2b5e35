#include "sdk/devices/source_scan.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "sdk/devices/headers.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using namespace rpikit::devices;

namespace {

struct Scanner {
    test::TempDir tree;
    std::vector<std::string> operator()(std::string_view text) const {
        std::vector<std::string> rows;
        for (const auto& each : scan_source(text, "drivers/x", Headers(tree.path()))) {
            rows.push_back(std::string(to_string(each.bus)) + ' ' + std::string(to_string(each.evidence)) +
                           ' ' + each.key + ':' + std::to_string(each.line));
        }
        return rows;
    }
};

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("a table counts as a driver's when something binds by it", "[devices]") {
    const Scanner scan;
    const std::string table =
        "static const struct of_device_id ids[] = {\n\t{ .compatible = \"a,b\" },\n\t{}\n};\n";
    CHECK(scan(table) == Rows{"of lookup a,b:2"});
    CHECK(scan(table + "MODULE_DEVICE_TABLE(of, ids);\n") == Rows{"of table a,b:2"});
    CHECK(scan(table + "MODULE_DEVICE_TABLE(of, others);\n") == Rows{"of lookup a,b:2"});
    CHECK(scan(table + ".of_match_table = of_match_ptr(ids),\n") == Rows{"of table a,b:2"});
    CHECK(scan(table + ".of_match_table = others, .x = ids,\n") == Rows{"of lookup a,b:2"});
    CHECK(scan(table.substr(7)) == Rows{"of table a,b:2"});
}

TEST_CASE("declarations, early consoles and questions are told apart", "[devices]") {
    const Scanner scan;
    CHECK(scan("IRQCHIP_DECLARE(gic, \"arm,gic\", gic_init);") == Rows{"of declaration arm,gic:1"});
    CHECK(scan("CLK_OF_DECLARE_DRIVER(c,\n \"a,clk\", f);") == Rows{"of declaration a,clk:1"});
    CHECK(scan("TIMER_OF_DECLARE(t, \"a,timer\", f);") == Rows{"of declaration a,timer:1"});
    CHECK(scan("OF_EARLYCON_DECLARE(u, \"a,uart\", f);") == Rows{"of lookup a,uart:1"});
    CHECK(scan("IRQCHIP_MATCH(\"a,irq\", f)") == Rows{"of table a,irq:1"});
    CHECK(scan("if (of_device_is_compatible(np, \"a,x\"))") == Rows{"of check a,x:1"});
    CHECK(scan("MODULE_ALIAS(\"platform:reg-dog\");") == Rows{"platform table reg-dog:1"});
    // Of machines, of nothing, of other macros.
    CHECK(scan("of_machine_is_compatible(\"a,board\")").empty());
    CHECK(scan("#define IRQCHIP_DECLARE(name, compat, fn)").empty());
    CHECK(scan("MY_DECLARE(x, \"a,b\")").empty());
    CHECK(scan("").empty());
}

TEST_CASE("compatibles that macros of the file make are seen", "[devices]") {
    const Scanner scan;
    CHECK(scan("#define NAME \"a,named\"\nconst struct of_device_id t[] = {{ .compatible = NAME }, {}};") ==
          Rows{"of table a,named:2"});
    CHECK(scan("#define ENTRY(c) { .compatible = c }\nconst struct of_device_id t[] = {\nENTRY(\"a,made\"), "
               "{}};") == Rows{"of table a,made:2"});
}

TEST_CASE("tables of numbers become the kernel's own patterns", "[devices]") {
    const Scanner scan;
    const auto one = [&](const std::string& type, const std::string& entry) {
        return scan("const struct " + type + "_device_id t[] = { { " + entry + " }, { } };");
    };
    CHECK(one("pci", "0x8086, 0x1502, ~0, ~0") == Rows{"pci table v00008086d00001502sv*sd*bc*sc*i*:1"});
    CHECK(one("pci",
              ".vendor = 1 << 4, .device = ~0, .subvendor = ~0, .subdevice = ~0, .class = 0x0c0330, "
              ".class_mask = ~0") == Rows{"pci table v00000010d*sv*sd*bc0Csc03i30:1"});
    CHECK(one("usb", ".match_flags = 0x3, .idVendor = 0x424, .idProduct = 0x9514") ==
          Rows{"usb table v0424p9514d*dc*dsc*dp*ic*isc*ip*in*:1"});
    CHECK(one("sdio", ".class = 0xff, .vendor = 0x02d0, .device = 0xa9a6") ==
          Rows{"sdio table c*v02D0dA9A6:1"});
    CHECK(one("mdio", "0x001cc910, GENMASK(31, 4)") == Rows{"mdio table 0000000000011100110010010001????:1"});
    CHECK(one("i2c", "\"da9063\", 1") == Rows{"i2c table da9063:1"});
    CHECK(one("acpi", "\"ACME0001\", 0") == Rows{"acpi table ACME0001:1"});
    CHECK(one("pnp", "\"PNP0501\", 0") == Rows{"acpi table PNP0501:1"});
    // For everything, for nothing, not known, of no bus that is kept.
    CHECK(one("pci", "~0, ~0, ~0, ~0").empty());
    CHECK(one("pci", "0, 0").empty());
    CHECK(one("pci", "SOME_VENDOR, 1, ~0, ~0").empty());
    CHECK(one("dmi", "\"x\"").empty());
}

TEST_CASE("text that is cut off or makes no sense is read without harm", "[devices]") {
    const Scanner scan;
    const std::string whole =
        "#define A(x) A(x) A(x)\n#define B B\nconst struct pci_device_id t[] = {{ A(1), B }, {((((((1)))))) "
        "}};\n"
        "const struct of_device_id u[] = {{ .compatible = B }, { .compatible = \"a,b\" }, A(\"x\") };\n"
        "IRQCHIP_DECLARE(a, \"b\", c); /* MODULE_DEVICE_TABLE(of, u); \"";
    for (std::size_t size = 0; size <= whole.size(); ++size)
        CHECK(scan(std::string(whole, 0, size)).size() <= 3);
    std::minstd_rand random(1);
    for (int round = 0; round < 500; ++round) {
        auto text = whole;
        for (int i = 0; i < 6; ++i)
            text[random() % text.size()] = "\"(){}[],.#\\\n/*"[random() % 14];
        CHECK(scan(text).size() <= 10);
    }
}
