#include "sdk/devices/index.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "tests/devices/fixture.hpp"

using namespace rpikit;
using devices::Bus;
using devices::Evidence;
using Sources = std::vector<std::string>;

TEST_CASE("an id leads to its source, the object's symbols and those of the folders above", "[devices]") {
    const test::DriverTree tree;
    const auto index = tree.index();
    const auto drivers = index.find(Bus::of, "acme,mac");
    REQUIRE(drivers.size() == 1);
    const auto& driver = drivers.front();
    CHECK(driver.source == "drivers/net/acme/mac.c");
    CHECK(driver.line == 7);
    CHECK(driver.evidence == Evidence::table);
    CHECK(driver.ways == devices::Ways{{"ACME_MAC"}});
    CHECK(driver.folders == std::vector<devices::Ways>{{{"NETDEVICES"}}, {{"NET_VENDOR_ACME"}}});
    CHECK(index.find(Bus::of, "acme,ma").empty());
    CHECK(index.find(Bus::pci, "acme,mac").empty());
}

TEST_CASE("an id of two drivers gives both, one that no Makefile builds has no way", "[devices]") {
    const test::DriverTree tree;
    const auto index = tree.index();
    CHECK(test::sources(index.find(Bus::of, "acme,uart")) ==
          Sources{"drivers/tty/fast.c", "drivers/tty/uart.c"});
    const auto unbuilt = index.find(Bus::of, "acme,never-built");
    REQUIRE(unbuilt.size() == 1);
    CHECK(unbuilt.front().ways.empty());
}

TEST_CASE("a machine's modalias finds drivers by its bus", "[devices]") {
    const test::DriverTree tree;
    const auto index = tree.index();
    const Sources mac = {"drivers/net/acme/mac.c"};
    CHECK(test::sources(index.find_modalias("pci:v00001AF4d00000011sv00001AF4sd00000001bc02sc00i00\n")) ==
          mac);
    CHECK(test::sources(index.find_modalias("pci:v00001AF5d00000022sv00000000sd00000000bc02sc00i00")) == mac);
    CHECK(test::sources(index.find_modalias("usb:v0424p9514d0200dc09dsc00dp02ic09isc00ip01in00")) == mac);
    CHECK(test::sources(index.find_modalias("of:NethernetT(null)Cacme,mac-v3Cacme,mac")) == mac);
    CHECK(test::sources(index.find_modalias("i2c:pmic9")) == Sources{"drivers/mfd/pmic.c"});
    CHECK(index.find_modalias("pci:v00001AF4d00000012sv00001AF4sd00000001bc02sc00i00").empty());
    CHECK(index.find_modalias("of:NethernetT(null)Cother,thing").empty());
    CHECK(index.find_modalias("nothing").empty());
    CHECK(index.find_modalias("pci:" + std::string(100000, 'v')).empty());
}

TEST_CASE("the platform of a board is that of the tree's own device trees", "[devices]") {
    const test::DriverTree tree;
    tree.write("arch/arm64/boot/dts/shared/Makefile",
               "dtb-$(CONFIG_ARCH_ACME) += a.dtb\ndtb-$(CONFIG_ARCH_OTHER) += b.dtb\n");
    tree.write("arch/arm64/boot/dts/shared/a.dts", "/ {\n\tcompatible = \"generic,soc\";\n};\n");
    tree.write("arch/arm64/boot/dts/shared/b.dts", "/ {\n\tcompatible = \"generic,soc\";\n};\n");
    const auto index = tree.index();
    CHECK(index.platform("acme,soc") == devices::Conditions{"ARCH_ACME"});
    CHECK(index.platform("acme,board") == devices::Conditions{"ARCH_ACME"});
    CHECK(index.platform("generic,soc").empty());
    CHECK(index.platform("other,soc").empty());
}

TEST_CASE("the same tree gives the same bytes, another identity others", "[devices]") {
    const test::DriverTree tree;
    const auto first = tree.index();
    CHECK(tree.index().text() == first.text());
    const auto other = devices::Index::build(tree.folder.path(), "tree-2", "arm64");
    REQUIRE(other);
    CHECK(other->text() != first.text());
    CHECK(other->identity() != first.identity());
}

TEST_CASE("what is no kernel tree for the architecture is refused", "[devices]") {
    const test::DriverTree tree;
    const auto wrong = devices::Index::build(tree.folder.path(), "tree-1", "riscv");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.contains("arch/riscv"));
    const test::TempDir empty;
    CHECK_FALSE(devices::Index::build(empty.path(), "x", "arm64"));
}

TEST_CASE("an index that is cut off, changed or of another version is not taken", "[devices]") {
    const test::DriverTree tree;
    const auto text = tree.index().text();
    CHECK(devices::Index::parse(text));
    for (std::size_t size = 0; size < text.size(); size += 7)
        CHECK_FALSE(devices::Index::parse(text.substr(0, size)));
    for (std::size_t at = 0; at < text.size(); at += 11) {
        auto changed = text;
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        CHECK_FALSE(devices::Index::parse(std::move(changed)));
    }
}

TEST_CASE("a tree's index is made once and kept", "[devices]") {
    test::DriverTree tree;
    const auto& host = tree.host.host();
    REQUIRE(devices::open_index(host, tree.source(), "arm64"));
    const auto folder = host.cache / "store/devices";
    std::vector<std::filesystem::path> kept;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".index") kept.push_back(entry.path());
    REQUIRE(kept.size() == 1);
    // The tree is gone: only the kept one can answer.
    const auto again_without_tree = [&] {
        auto source = tree.source();
        source.root = "/nonexistent";
        return devices::open_index(host, source, "arm64");
    };
    const auto again = again_without_tree();
    REQUIRE(again);
    CHECK(again->find(Bus::of, "acme,mac").size() == 1);
    // One that somebody damaged is made anew.
    REQUIRE(host::write_file(kept.front(), "rpi-kit device index 2\nnonsense\n"));
    CHECK_FALSE(again_without_tree());
    REQUIRE(devices::open_index(host, tree.source(), "arm64"));
    CHECK(again_without_tree());
    // Another content of the tree is another index.
    auto changed = tree.source();
    changed.identity = "tree-2";
    changed.root = "/nonexistent";
    CHECK_FALSE(devices::open_index(host, changed, "arm64"));
}
