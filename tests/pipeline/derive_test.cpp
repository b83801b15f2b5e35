#include "sdk/pipeline/derive.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

devices::DerivedNode node(const std::string& path, devices::Evidence evidence,
                          const std::string& value = "y") {
    devices::DerivedNode row{.path = path, .compatible = {"acme,x"}, .reason = {}, .needs = {}, .wishes = {}};
    row.outcome = devices::Outcome::driven;
    row.value = value;
    row.needs.push_back(
        {.id = "acme,x",
         .drivers = {{.source = "drivers/x.c", .line = 3, .evidence = evidence, .id = "acme,x"}}});
    return row;
}

}  // namespace

TEST_CASE("of what was derived, those are expected to be bound whose driver binds") {
    using devices::Evidence;
    const test::TempDir work;
    const pipeline::BuildFolders folders(work.path(), "box");
    CHECK(pipeline::read_bound_devices(folders).value().empty());
    pipeline::DerivedConfiguration derived{.sources = {}, .derivation = {}, .requests = {}};
    derived.derivation.nodes = {node("/bound", Evidence::table),       node("/early", Evidence::declaration),
                                node("/module", Evidence::table, "m"), node("/left", Evidence::table),
                                node("/uart", Evidence::lookup),       node("/pins", Evidence::check)};
    derived.derivation.nodes[3].outcome = devices::Outcome::left_out;
    for (const std::size_t primecell : {4, 5})
        derived.derivation.nodes[primecell].compatible.emplace_back("arm,primecell");
    derived.derivation.nodes[5].needs.clear();
    work.write("out/box/build/derived/devices.json", pipeline::to_json(derived));
    const auto bound = pipeline::read_bound_devices(folders);
    REQUIRE(bound);
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& device : *bound)
        found.emplace_back(device.node, device.driver);
    CHECK(found == decltype(found){{"/bound", "drivers/x.c"},
                                   {"/module", "drivers/x.c"},
                                   {"/uart", "drivers/x.c"},
                                   {"/pins", "a driver of the AMBA bus"}});
    work.write("out/box/build/derived/devices.json", "{\"nodes\": [1]}");
    const auto broken = pipeline::read_bound_devices(folders);
    REQUIRE_FALSE(broken);
    CHECK(broken.error().where->file == folders.derived_devices());
}

TEST_CASE("a list of modaliases is one a line; anything else is refused") {
    const auto parsed = pipeline::parse_modaliases("# a machine\n\npci:v1d2\nusb:v3p4\r\n", "list");
    REQUIRE(parsed);
    CHECK(*parsed == std::vector<std::string>{"pci:v1d2", "usb:v3p4"});
    for (const auto* text : {"pci:v1\nno alias\n", "\x1b[2J"}) {
        const auto refused = pipeline::parse_modaliases(text, "list");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message == "list is no list of modaliases");
        CHECK_FALSE(refused.error().causes.front().contains("\x1b"));
    }
}
