#include "sdk/emulator/device_tree.hpp"

#include <libfdt.h>

#include <array>
#include <catch2/catch_test_macros.hpp>

using namespace rpikit::emulator;
using rpikit::board::DeviceTreeEdit;

namespace {

/// /soc/mmc@1 { non-removable; vmmc-supply = <1>; }; /soc/hdmi@2 { status = "okay"; };
std::string sample_tree() {
    std::array<char, 4096> buffer{};
    void* tree = buffer.data();
    REQUIRE(fdt_create_empty_tree(tree, buffer.size()) == 0);
    const int soc = fdt_add_subnode(tree, 0, "soc");
    const int mmc = fdt_add_subnode(tree, soc, "mmc@1");
    fdt_setprop_empty(tree, mmc, "non-removable");
    fdt_setprop_u32(tree, mmc, "vmmc-supply", 1);
    const int hdmi = fdt_add_subnode(tree, fdt_path_offset(tree, "/soc"), "hdmi@2");
    fdt_setprop_string(tree, hdmi, "status", "okay");
    REQUIRE(fdt_pack(tree) == 0);
    return {buffer.data(), fdt_totalsize(tree)};
}

/// A property's value; no value when the property is not there.
std::optional<std::string> property(const std::string& blob, const char* node, const char* name) {
    int size = 0;
    const auto* data =
        static_cast<const char*>(fdt_getprop(blob.data(), fdt_path_offset(blob.data(), node), name, &size));
    if (data == nullptr) return std::nullopt;
    return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

TEST_CASE("nodes are disabled, properties deleted and set") {
    const std::vector<DeviceTreeEdit> edits{
        {.node = "/soc/hdmi@2", .disable = true},
        {.node = "/soc/mmc@1", .remove = {"non-removable", "not-there"}, .flags = {"broken-cd"}}};
    const auto edited = edit_device_tree(sample_tree(), edits);
    REQUIRE(edited);
    CHECK(edited->missing_nodes.empty());
    CHECK(property(edited->blob, "/soc/hdmi@2", "status") == std::string("disabled") + '\0');
    CHECK_FALSE(property(edited->blob, "/soc/mmc@1", "non-removable"));
    CHECK(property(edited->blob, "/soc/mmc@1", "broken-cd") == "");
    CHECK(property(edited->blob, "/soc/mmc@1", "vmmc-supply"));
    CHECK(edited->blob.size() == fdt_totalsize(edited->blob.data()));
}

TEST_CASE("a node that this tree lacks is reported") {
    const std::vector<DeviceTreeEdit> edits{{.node = "/soc/hdmi@2", .disable = true},
                                            {.node = "/soc/i2c@3", .disable = true}};
    const auto edited = edit_device_tree(sample_tree(), edits);
    REQUIRE(edited);
    CHECK(edited->missing_nodes == std::vector<std::string>{"/soc/i2c@3"});
}

TEST_CASE("edits that all miss belong to another board") {
    const std::vector<DeviceTreeEdit> edits{{.node = "/soc/i2c@3", .disable = true}};
    const auto edited = edit_device_tree(sample_tree(), edits);
    REQUIRE_FALSE(edited);
    CHECK(edited.error().message.find("/soc/i2c@3") != std::string::npos);
}

TEST_CASE("no edits leave the tree as it is") {
    const auto edited = edit_device_tree(sample_tree(), {});
    REQUIRE(edited);
    CHECK(edited->blob == sample_tree());
}

TEST_CASE("many edits find room") {
    std::vector<DeviceTreeEdit> edits;
    edits.reserve(200);
    for (int i = 0; i < 200; ++i)
        edits.push_back({.node = "/soc/mmc@1", .flags = {"flag-" + std::to_string(i)}});
    const auto edited = edit_device_tree(sample_tree(), edits);
    REQUIRE(edited);
    CHECK(property(edited->blob, "/soc/mmc@1", "flag-199"));
}

TEST_CASE("what is no device tree is refused") {
    CHECK_FALSE(edit_device_tree("", {}));
    CHECK_FALSE(edit_device_tree("not a tree at all, but long enough for a header.........", {}));
    auto truncated = sample_tree();
    truncated.resize(truncated.size() / 2);
    CHECK_FALSE(edit_device_tree(truncated, {}));
}
