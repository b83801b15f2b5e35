#include "sdk/devices/rules.hpp"

#include <algorithm>
#include <array>

#include "sdk/board/document.hpp"
#include "sdk/board/formats.hpp"
#include "sdk/board/schema.hpp"
#include "sdk/devices/pattern.hpp"

namespace rpikit::devices {

namespace {

using enum board::Type;
namespace format = board::format;

// clang-format off
constexpr auto rows = std::to_array<board::Row>({
    {.key = "rule", .type = tables, .required = true, .doc = "One thing that a kernel's text does not tell."},
    {.key = "rule[].reason", .type = string, .required = true, .format = format::not_empty,
     .doc = "Why; shown to whoever asks where a symbol comes from."},
    {.key = "rule[].compatible", .type = strings, .format = format::not_empty,
     .doc = "It is about nodes with one of these; * and ? stand for any text and character."},
    {.key = "rule[].device_type", .type = string, .format = format::not_empty, .doc = "... of this device_type."},
    {.key = "rule[].property", .type = string, .format = format::device_tree_property,
     .doc = "... that have this property."},
    {.key = "rule[].node", .type = strings, .format = format::not_empty,
     .doc = "... with one of these names, without address; * and ? as above."},
    {.key = "rule[].symbols", .type = strings, .format = format::symbol,
     .doc = "Kconfig symbols that such a node needs beside its driver's; unknown ones are passed over."},
    {.key = "rule[].leave_out", .type = boolean, .fallback = "false", .doc = "Such a node needs no driver beside those that are found."},
    {.key = "rule[].not_drivers", .type = strings, .format = format::not_empty,
     .doc = "Source files that mention such a node and do not drive it; * and ? as above."},
});
// clang-format on

Rule read_rule(const board::Value& value) {
    return {.reason = value.text_at("reason"),
            .where = value.where,
            .compatible = value.texts_at("compatible"),
            .device_type = value.text_at("device_type"),
            .property = value.text_at("property"),
            .node = value.texts_at("node"),
            .symbols = value.texts_at("symbols"),
            .leave_out = value.boolean_at("leave_out"),
            .not_drivers = value.texts_at("not_drivers")};
}

/// What one row alone cannot say.
std::optional<Error> check(const Rule& rule) {
    const bool about_all =
        rule.compatible.empty() && rule.device_type.empty() && rule.property.empty() && rule.node.empty();
    if (about_all && rule.not_drivers.empty()) {
        return Error{.message = "a rule needs one of 'compatible', 'device_type', 'property' and 'node'",
                     .where = rule.where};
    }
    if (rule.symbols.empty() && !rule.leave_out && rule.not_drivers.empty()) {
        return Error{.message = "a rule needs one of 'symbols', 'leave_out' and 'not_drivers'",
                     .where = rule.where};
    }
    return std::nullopt;
}

bool fits_any(const std::vector<std::string>& patterns, std::string_view text) {
    return std::ranges::any_of(patterns, [&](const auto& pattern) { return fits(pattern, text); });
}

}  // namespace

bool Rule::applies_to(const Node& in) const {
    const auto has_compatible = [&] {
        return std::ranges::any_of(in.compatible,
                                   [&](const auto& each) { return fits_any(compatible, each); });
    };
    return (compatible.empty() || has_compatible()) &&
           (device_type.empty() || in.device_type == device_type) &&
           (node.empty() || fits_any(node, in.base_name())) &&
           (property.empty() || std::ranges::binary_search(in.properties, property));
}

bool Rule::excludes(const Driver& driver) const {
    return fits_any(not_drivers, driver.source);
}

Result<std::vector<Rule>> load_rules(const std::filesystem::path& file) {
    TRY_ASSIGN(auto document, board::load_document(file));
    auto errors = board::validate(document, rows);
    if (!errors.empty()) return fail(board::combine(std::move(errors)));
    board::complete(document, rows);
    std::vector<Rule> rules;
    for (const auto& value : document.array_at("rule")) {
        rules.push_back(read_rule(value));
        if (auto error = check(rules.back())) errors.push_back(*std::move(error));
    }
    if (!errors.empty()) return fail(board::combine(std::move(errors)));
    return rules;
}

}  // namespace rpikit::devices
