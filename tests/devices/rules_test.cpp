#include "sdk/devices/rules.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/host/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;

namespace {

Result<std::vector<devices::Rule>> load(const std::string& text) {
    const test::TempDir folder;
    return devices::load_rules(folder.write("rules.toml", text));
}

}  // namespace

TEST_CASE("the delivered rules load, each with a reason and an effect", "[devices]") {
    const auto rules =
        devices::load_rules(std::filesystem::path(RPIKIT_SOURCE_DIR) / "boards/base/device-rules.toml");
    REQUIRE(rules);
    CHECK(rules->size() > 20);
    for (const auto& rule : *rules) {
        INFO(to_string(rule.where));
        CHECK_FALSE(rule.reason.empty());
        CHECK((rule.leave_out || !rule.symbols.empty() || !rule.not_drivers.empty()));
    }
}

TEST_CASE("a rule is about nodes that meet all its conditions", "[devices]") {
    const devices::Node node{.path = "/soc/mmc@1",
                             .parent = "/soc",
                             .compatible = {"acme,mmc-v2", "acme,mmc"},
                             .device_type = "",
                             .properties = {"bus-width", "reg"}};
    const auto applies = [&](const std::string& conditions) {
        const auto rules = load("[[rule]]\nreason = \"r\"\nsymbols = [\"A\"]\n" + conditions);
        REQUIRE(rules);
        return rules->front().applies_to(node);
    };
    CHECK(applies("compatible = [\"other\", \"acme,mmc\"]"));
    CHECK(applies("compatible = [\"acme,*\"]\nnode = [\"m?c\"]\nproperty = \"reg\""));
    CHECK_FALSE(applies("compatible = [\"acme,mm\"]"));
    CHECK_FALSE(applies("compatible = [\"acme,*\"]\nproperty = \"dmas\""));
    CHECK_FALSE(applies("device_type = \"pci\""));
    CHECK_FALSE(applies("node = [\"mmc@1\"]"));
}

TEST_CASE("mistakes in a rule file are named with their places", "[devices]") {
    const auto message = [](const std::string& text) {
        const auto rules = load(text);
        return rules ? std::string("loaded") : render(rules.error(), false);
    };
    CHECK(message("[[rule]]\nsymbols = [\"A\"]\nnode = [\"x\"]\n").contains("reason"));
    CHECK(message("[[rule]]\nreason = \"r\"\nsymbols = [\"A\"]\n").contains("rules.toml:1"));
    CHECK(message("[[rule]]\nreason = \"r\"\nnode = [\"x\"]\n").contains("leave_out"));
    CHECK(
        message("[[rule]]\nreason = \"r\"\nnode = [\"x\"]\nsymbols = [\"A=y\"]\n").contains("rules.toml:4"));
    CHECK(message("[[rule]]\nreason = \"r\"\nnodes = [\"x\"]\nleave_out = true\n").contains("nodes"));
    CHECK(message("[[rule]]\nreason = \"r\"\nnode = [\"x\"]\nleave_out = true\n") == "loaded");
}

TEST_CASE("docs/adding-a-device-rule.md: its row is a rule, and its table has all keys", "[devices]") {
    const auto page = host::read_file(RPIKIT_SOURCE_DIR "/docs/adding-a-device-rule.md").value();
    const auto begin = page.find("```toml\n") + 8;
    const test::TempDir folder;
    const auto rules =
        devices::load_rules(folder.write("x.toml", page.substr(begin, page.find("```\n", begin) - begin)));
    REQUIRE(rules);
    REQUIRE(rules->size() == 1);
    CHECK(rules->front().symbols == std::vector<std::string>{"BROADCOM_PHY"});
    for (const auto* key :
         {"reason", "compatible", "device_type", "property", "node", "symbols", "leave_out", "not_drivers"})
        CHECK(page.contains('`' + std::string(key)));
}
