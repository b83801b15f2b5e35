#include "sdk/cli/json_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/board/formats.hpp"
#include "sdk/board/schema_rows.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

using board::Row;
using board::Type;
using nlohmann::ordered_json;

ordered_json string_schema(const Row& row) {
    ordered_json schema = {{"type", "string"}};
    if (!row.allowed.empty()) schema["enum"] = board::choices(row.allowed);
    const auto pattern = board::format::pattern_of(row.format);
    if (!pattern.empty()) schema["pattern"] = pattern;
    return schema;
}

ordered_json default_of(const Row& row) {
    if (row.type == Type::boolean) return row.fallback == "true";
    if (row.type == Type::integer) return parse_number(row.fallback).value_or(0);
    return row.fallback;
}

class Builder {
  public:
    explicit Builder(std::span<const Row> rows) : rows_(rows) {}

    /// The keys below a prefix, each with its type.
    ordered_json table(const std::string& prefix) const {
        ordered_json schema = {{"type", "object"}, {"additionalProperties", false}};
        schema["properties"] = ordered_json::object();
        auto rules = ordered_json::array();
        for (const auto& row : rows_) {
            const auto name = board::child_name(row, prefix);
            if (!name) continue;
            schema["properties"][std::string(*name)] = value(row);
            if (!row.only_with.empty()) rules.push_back(only_beside(row, *name));
        }
        // An element is known by it, whatever it inherits.
        for (const auto* key : {"name", "node"}) {
            if (prefix.ends_with("[].") && schema["properties"].contains(key)) schema["required"] = {key};
        }
        if (!rules.empty()) schema["allOf"] = std::move(rules);
        return schema;
    }

    /// What must be there below a prefix in a document that inherits nothing; null when nothing must.
    ordered_json required(const std::string& prefix) const {
        ordered_json schema = ordered_json::object();
        for (const auto& row : rows_) {
            const auto name = board::child_name(row, prefix);
            if (!name) continue;
            if (row.required && row.only_with.empty()) schema["required"].push_back(*name);
            if (auto below = required_below(row); !below.is_null())
                schema["properties"][std::string(*name)] = std::move(below);
        }
        return schema.empty() ? ordered_json() : schema;
    }

  private:
    ordered_json value(const Row& row) const {
        auto schema = typed(row);
        schema["description"] = row.doc;
        if (!row.fallback.empty()) schema["default"] = default_of(row);
        return schema;
    }

    ordered_json typed(const Row& row) const {
        switch (row.type) {
            case Type::table:
                return table(board::child_prefix(row));
            case Type::tables:
                return {{"type", "array"}, {"items", table(board::child_prefix(row))}};
            case Type::named_tables:
                // A name in the place of the tables: board::expand_short_forms().
                return {{"type", {"object", "string"}},
                        {"propertyNames", {{"pattern", board::format::pattern_of(row.format)}}},
                        {"additionalProperties", table(board::child_prefix(row))}};
            case Type::string:
            case Type::path:
                return string_schema(row);
            case Type::strings:
            case Type::paths:
                return {{"type", "array"}, {"items", string_schema(row)}};
            case Type::integer:
                return {{"type", "integer"}, {"minimum", 0}};
            case Type::boolean:
                return {{"type", "boolean"}};
            case Type::size:
                break;
        }
        return {{"anyOf",
                 {{{"type", "integer"}, {"minimum", 0}},
                  {{"type", "string"}, {"pattern", board::format::pattern_of(board::format::memory)}}}}};
    }

    /// "provider=git|archive": beside another provider the key may not be.
    static ordered_json only_beside(const Row& row, std::string_view name) {
        const auto equals = row.only_with.find('=');
        const std::string key(row.only_with.substr(0, equals));
        const ordered_json other = {{"not", {{"enum", board::choices(row.only_with.substr(equals + 1))}}}};
        return {{"if", {{"properties", {{key, other}}}, {"required", {key}}}},
                {"then", {{"properties", {{std::string(name), false}}}}}};
    }

    ordered_json required_below(const Row& row) const {
        if (row.type == Type::table) return required(board::child_prefix(row));
        if (row.type != Type::tables && row.type != Type::named_tables) return nullptr;
        auto items = required(board::child_prefix(row));
        if (items.is_null()) return nullptr;
        return {{row.type == Type::tables ? "items" : "additionalProperties", std::move(items)}};
    }

    std::span<const Row> rows_;
};

}  // namespace

std::string json_schema(std::span<const Row> rows) {
    const Builder builder(rows);
    ordered_json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                           {"title", "A board of rpi-kit"},
                           {"$comment", schema_mark}};
    schema.update(builder.table(""));
    schema["if"] = {{"not", {{"required", {"extends"}}}}};
    schema["then"] = builder.required("");
    return json_text(schema);
}

}  // namespace rpikit::cli
