#include "sdk/board/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sdk/board/schema_rows.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {

std::string_view type_name(Type type) {
    switch (type) {
        case Type::table:
            return "a table";
        case Type::tables:
            return "an array of tables";
        case Type::named_tables:
            return "a table of tables";
        case Type::string:
            return "a string";
        case Type::strings:
            return "an array of strings";
        case Type::integer:
            return "an integer";
        case Type::boolean:
            return "true or false";
        case Type::size:
            return "a size such as \"32M\"";
        case Type::path:
            return "a path";
        case Type::paths:
            return "an array of paths";
    }
    return "a value";
}

std::vector<std::string> choices(std::string_view allowed) {
    std::vector<std::string> parts;
    for (const auto part : split(allowed, '|'))
        parts.emplace_back(part);
    return parts;
}

std::string child_prefix(const Row& row) {
    switch (row.type) {
        case Type::tables:
            return fmt::format("{}[].", row.key);
        case Type::named_tables:
            return fmt::format("{}.*.", row.key);
        default:
            return fmt::format("{}.", row.key);
    }
}

std::optional<std::string_view> child_name(const Row& row, std::string_view prefix) {
    if (!row.key.starts_with(prefix)) return std::nullopt;
    const auto rest = row.key.substr(prefix.size());
    if (rest.find_first_of(".[*") != std::string_view::npos) return std::nullopt;
    return rest;
}

const Row* find_row(std::span<const Row> rows, std::string_view key) {
    const auto row = std::ranges::find(rows, key, &Row::key);
    return row != rows.end() ? &*row : nullptr;
}

namespace {

std::optional<Value> fallback_value(const Row& row) {
    if (row.type == Type::table) return Value{.data = Table{}};
    if (row.fallback.empty()) return std::nullopt;
    if (row.type == Type::boolean) return Value{.data = row.fallback == "true"};
    if (row.type == Type::integer) {
        return Value{.data = static_cast<std::int64_t>(parse_number(row.fallback).value_or(0))};
    }
    return Value{.data = std::string(row.fallback)};
}

void complete_table(Value& value, const std::string& prefix, std::span<const Row> rows) {
    auto* table = value.table();
    if (table == nullptr) return;
    for (const auto& row : rows) {
        const auto name = child_name(row, prefix);
        if (!name) continue;
        if (table->find(*name) == nullptr) {
            auto fallback = fallback_value(row);
            if (fallback) table->set({.key = std::string(*name), .value = *std::move(fallback)});
        }
        auto* member = table->find(*name);
        if (member == nullptr) continue;
        if (row.type == Type::table) complete_table(member->value, child_prefix(row), rows);
        if (row.type == Type::tables && member->value.array() != nullptr) {
            for (auto& item : *member->value.array())
                complete_table(item, child_prefix(row), rows);
        }
        if (row.type == Type::named_tables && member->value.table() != nullptr) {
            for (auto& each : member->value.table()->members) {
                complete_table(each.value, child_prefix(row), rows);
            }
        }
    }
}

}  // namespace

void complete(Value& document, std::span<const Row> rows) {
    complete_table(document, "", rows);
}

void sort_by_place(std::vector<Error>& errors, std::span<const std::filesystem::path> files) {
    std::ranges::stable_sort(errors, {}, [&](const Error& error) {
        const Location where = error.where.value_or(Location{});
        return std::tuple(std::ranges::find(files, where.file) - files.begin(), where.file, where.line,
                          where.column);
    });
}

Error combine(std::vector<Error> errors, std::span<const std::filesystem::path> files) {
    sort_by_place(errors, files);
    Error all = std::move(errors.front());
    for (const auto& error : std::span(errors).subspan(1)) {
        if (error.where) all.detail += to_string(*error.where) + ": ";
        all.detail += error.message + '\n';
        if (all.hint.empty()) all.hint = error.hint;
    }
    return all;
}

}  // namespace rpikit::board
