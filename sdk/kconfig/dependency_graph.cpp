#include "sdk/kconfig/dependency_graph.hpp"

namespace rpikit::kconfig {

DependencyGraph::DependencyGraph(const Model& model, bool ends)
    : model_(model),
      ends_(ends),
      entry_base_(static_cast<Node>(model.symbols.size())),
      choice_base_(entry_base_ + 2 * static_cast<Node>(model.entries.size())) {
    choice_of_.reserve(model.symbols.size());
    for (const Symbol& symbol : model.symbols)
        choice_of_.push_back(symbol.defined() ? model.choice_of(symbol) : root_entry);
}

bool DependencyGraph::is_unit(Node node) const {
    if (node >= choice_base_) return true;
    return node < entry_base_ && model_.symbols[node].defined() && choice_of_[node] == root_entry;
}

Unit DependencyGraph::unit(Node node) const {
    const bool choice = node >= choice_base_;
    return {.choice = choice, .id = choice ? node - choice_base_ : node};
}

std::string DependencyGraph::name(Node node) const {
    if (node < choice_base_) return model_.symbols[node].name;
    const Entry& entry = model_.entries[model_.choices[node - choice_base_].entry];
    return "the choice \"" + entry.text + "\"";
}

void DependencyGraph::edges(Node node, std::vector<Edge>& found) const {
    if (node >= choice_base_) return choice(model_.choices[node - choice_base_], found);
    if (node >= entry_base_) return entry((node - entry_base_) / 2, (node - entry_base_) % 2 == 1, found);
    if (choice_of_[node] == root_entry) return symbol(node, found);
    const Entry& outer = model_.entries[choice_of_[node]];
    found.push_back({.to = choice_base_ + outer.choice, .place = outer.place, .reason = "belongs to"});
}

void DependencyGraph::symbol(SymbolId id, std::vector<Edge>& found) const {
    const Symbol& symbol = model_.symbols[id];
    for (const EntryId each : symbol.entries)
        found.push_back({.to = dependencies_of(each)});
    for (const Property& by : symbol.selected_by) {
        add(by.symbol, by.condition.place, "is selected by", found);
        conditions(by, "is selected if", found);
    }
    for (const Property& by : symbol.implied_by) {
        add(by.symbol, by.condition.place, "is implied by", found);
        conditions(by, "is implied if", found);
    }
    for (const Property& each : symbol.prompts)
        prompt(each, found);
    for (const Property& each : symbol.defaults) {
        conditions(each, "has a default if", found);
        names(each.value, each.condition.place, "has as default", found);
    }
    for (const Property& each : symbol.ranges) {
        conditions(each, "has a range if", found);
        if (!ends_) continue;
        add(each.symbol, each.condition.place, "has a range from", found);
        add(each.upper, each.condition.place, "has a range to", found);
    }
}

void DependencyGraph::choice(const Choice& choice, std::vector<Edge>& found) const {
    found.push_back({.to = dependencies_of(choice.entry)});
    for (const Property& each : choice.prompts)
        prompt(each, found);
    for (const Property& each : choice.defaults)
        conditions(each, "has a default if", found);
    for (const SymbolId member : model_.entries[choice.entry].members)
        symbol(member, found);
}

void DependencyGraph::entry(EntryId id, bool visibility, std::vector<Edge>& found) const {
    if (id == root_entry) return;
    const Entry& entry = model_.entries[id];
    found.push_back({.to = visibility ? visibility_of(entry.parent) : dependencies_of(entry.parent)});
    for (const Clause& clause : visibility ? entry.visible : entry.depends)
        names(clause.expression, clause.place, visibility ? "is visible if" : "depends on", found);
}

void DependencyGraph::prompt(const Property& property, std::vector<Edge>& found) const {
    found.push_back({.to = visibility_of(model_.entries[property.entry].parent)});
    conditions(property, "has a prompt if", found);
}

void DependencyGraph::conditions(const Property& property, std::string_view reason,
                                 std::vector<Edge>& found) const {
    found.push_back({.to = dependencies_of(property.entry)});
    names(property.condition.expression, property.condition.place, reason, found);
}

void DependencyGraph::names(ExpressionId expression, Place place, std::string_view reason,
                            std::vector<Edge>& found) const {
    const Expression& node = model_.expressions[expression];
    switch (node.op) {
        case Operator::symbol:
            return add(node.left, place, reason, found);
        case Operator::negation:
            return names(node.left, place, reason, found);
        case Operator::conjunction:
        case Operator::disjunction:
            names(node.left, place, reason, found);
            return names(node.right, place, reason, found);
        default:
            add(node.left, place, reason, found);
            return add(node.right, place, reason, found);
    }
}

void DependencyGraph::add(SymbolId to, Place place, std::string_view reason, std::vector<Edge>& found) const {
    if (model_.symbols[to].defined()) found.push_back({.to = to, .place = place, .reason = reason});
}

}  // namespace rpikit::kconfig
