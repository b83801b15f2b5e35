#include "sdk/kconfig/describer.hpp"

#include <algorithm>

namespace rpikit::kconfig {

namespace {

std::string_view keyword(Type type) {
    switch (type) {
        case Type::boolean:
            return "bool";
        case Type::tristate:
            return "tristate";
        case Type::integer:
            return "int";
        case Type::hexadecimal:
            return "hex";
        case Type::string:
            return "string";
        default:
            return "unknown";
    }
}

}  // namespace

Location Describer::location(Place place) const {
    return {.file = model_.files[place.file], .line = place.line};
}

Condition Describer::condition(const Clause& clause) const {
    return {.expression = words_.written(clause.expression),
            .where = location(clause.place),
            .value = std::string(to_string(values_.value(clause.expression))),
            .unmet = words_.unmet_parts(clause.expression, Tristate::module)};
}

std::vector<Condition> Describer::dependencies(const Symbol& symbol) const {
    // Of a symbol without prompt, what stands around its entry.
    const Property& property =
        symbol.prompts.empty() ? Property{.entry = symbol.entries.front()} : symbol.prompts.front();
    std::vector<Condition> found;
    for (const Clause& clause : model_.clauses(property, !symbol.prompts.empty()))
        found.push_back(condition(clause));
    return found;
}

bool Describer::holds(const Property& property) const {
    const auto clauses = model_.clauses(property, false);
    return std::ranges::all_of(
        clauses, [&](const Clause& clause) { return values_.value(clause.expression) != Tristate::no; });
}

std::vector<Influence> Describer::influences(const std::vector<Property>& properties) const {
    std::vector<Influence> found;
    for (const Property& by : properties) {
        const auto condition = by.condition.expression;
        const Tristate value = values_.symbol_value(by.symbol);
        found.push_back({.symbol = model_.symbols[by.symbol].name,
                         .value = std::string(to_string(value)),
                         .condition = condition == always ? "" : words_.written(condition),
                         .where = location(by.condition.place),
                         .active = std::min(value, values_.value(condition)) != Tristate::no});
    }
    return found;
}

std::optional<Condition> Describer::default_in_force(const Symbol& symbol) const {
    const auto row = std::ranges::find_if(symbol.defaults, [&](const Property& each) { return holds(each); });
    if (row == symbol.defaults.end()) return std::nullopt;
    return condition({row->value, row->condition.place});
}

Description Describer::describe(const Symbol& symbol) const {
    Description found{.symbol = symbol.name,
                      .type = std::string(keyword(symbol.type)),
                      .prompt = symbol.prompts.empty() ? "" : symbol.prompts.front().text,
                      .value = config_.value(symbol.name),
                      .depends = dependencies(symbol),
                      .selected_by = influences(symbol.selected_by),
                      .implied_by = influences(symbol.implied_by),
                      .default_in_force = default_in_force(symbol)};
    for (const EntryId entry : symbol.entries)
        found.defined.push_back(location(model_.entries[entry].place));
    for (const SymbolId member : model_.entries[model_.choice_of(symbol)].members)
        found.choice.push_back(model_.symbols[member].name);
    return found;
}

}  // namespace rpikit::kconfig
