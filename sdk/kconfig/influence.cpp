#include "sdk/kconfig/influence.hpp"

#include <algorithm>

namespace rpikit::kconfig {

namespace {

class Finder {
  public:
    Finder(const Model& model, const Changes& changes) : model_(model) {
        for (SymbolId id = 0; id < model.symbols.size(); ++id) {
            const Symbol& symbol = model.symbols[id];
            if (!symbol.defined()) continue;
            const auto change = changes.find(symbol.name);
            if (change != changes.end()) wanted_.emplace(id, to_yes(change->second));
        }
    }

    std::vector<std::string> find() const {
        std::vector<std::string> independent;
        const Symbol* first = nullptr;
        for (const auto& [id, wanted] : wanted_) {
            const Symbol& symbol = model_.symbols[id];
            if (symbol.prompts.empty()) continue;
            if (first == nullptr || symbol.entries.front() < first->entries.front()) first = &symbol;
            if (!influenced(id)) independent.push_back(symbol.name);
        }
        if (independent.empty() && first != nullptr) independent.push_back(first->name);
        return independent;
    }

  private:
    static bool to_yes(const std::string& value) { return value == "y"; }

    bool changed(SymbolId id, SymbolId self) const { return id != self && wanted_.contains(id); }

    bool names_changed(ExpressionId id, SymbolId self) const {
        const Expression& node = model_.expressions[id];
        switch (node.op) {
            case Operator::symbol:
                return changed(node.left, self);
            case Operator::negation:
                return names_changed(node.left, self);
            case Operator::conjunction:
            case Operator::disjunction:
                return names_changed(node.left, self) || names_changed(node.right, self);
            default:
                return changed(node.left, self) || changed(node.right, self);
        }
    }

    bool conditions_changed(const Property& property, SymbolId self) const {
        const auto clauses = model_.clauses(property, true);
        return std::ranges::any_of(
            clauses, [&](const Clause& clause) { return names_changed(clause.expression, self); });
    }

    /// A choice is made by what becomes y; the other members follow.
    bool follows_choice(SymbolId id) const {
        if (wanted_.at(id)) return false;
        const EntryId choice = model_.choice_of(model_.symbols[id]);
        return std::ranges::any_of(model_.entries[choice].members, [&](SymbolId member) {
            const auto other = wanted_.find(member);
            return member != id && other != wanted_.end() && other->second;
        });
    }

    bool influenced(SymbolId id) const {
        const Symbol& symbol = model_.symbols[id];
        const auto by_condition = [&](const Property& each) { return conditions_changed(each, id); };
        const auto by_default = [&](const Property& each) {
            return names_changed(each.value, id) || conditions_changed(each, id);
        };
        const auto by_other = [&](const Property& each) {
            return changed(each.symbol, id) || names_changed(each.condition.expression, id);
        };
        return follows_choice(id) || std::ranges::any_of(symbol.prompts, by_condition) ||
               std::ranges::any_of(symbol.defaults, by_default) ||
               std::ranges::any_of(symbol.selected_by, by_other) ||
               std::ranges::any_of(symbol.implied_by, by_other);
    }

    const Model& model_;
    std::map<SymbolId, bool> wanted_;  ///< whether it becomes y
};

}  // namespace

std::vector<std::string> independent_changes(const Model& model, const Changes& changes) {
    return Finder(model, changes).find();
}

}  // namespace rpikit::kconfig
