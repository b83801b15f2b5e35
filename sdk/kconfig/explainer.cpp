#include "sdk/kconfig/explainer.hpp"

#include <algorithm>

namespace rpikit::kconfig {

namespace {

// More lines than this nobody reads; the first are the nearest.
constexpr std::size_t line_limit = 12;
constexpr std::size_t leaf_limit = 5;
constexpr std::size_t selector_limit = 4;

void split_at(const Model& model, ExpressionId id, Operator op, std::vector<ExpressionId>& parts) {
    const Expression& node = model.expressions[id];
    if (node.op != op) return parts.push_back(id);
    split_at(model, node.left, op, parts);
    split_at(model, node.right, op, parts);
}

std::string_view type_name(Type type) {
    switch (type) {
        case Type::boolean:
            return "a bool: it can be y or n";
        case Type::tristate:
            return "a tristate: it can be y, m or n";
        case Type::integer:
            return "an int: it takes a whole number";
        case Type::hexadecimal:
            return "a hex: it takes a hexadecimal number such as 0x1000";
        case Type::string:
            return "a string: it takes a text in double quotes";
        default:
            return "of no type";
    }
}

}  // namespace

void Explainer::say(std::string line) {
    if (lines_.size() < line_limit) lines_.push_back(std::move(line));
}

bool Explainer::enter(SymbolId id) {
    return lines_.size() < line_limit && seen_.insert(id).second;
}

void Explainer::unmet(const std::string& who, const Clause& clause, Tristate need) {
    const auto parts = words_.unmet_parts(clause.expression, need);
    std::string line =
        who + " needs " + words_.written(clause.expression) + " (" + model_.to_string(clause.place) + "): ";
    for (std::size_t i = 0; i < std::min(parts.size(), leaf_limit); ++i)
        line += (i > 0 ? ", " : "") + parts[i];
    if (parts.size() > leaf_limit) line += ", and " + std::to_string(parts.size() - leaf_limit) + " more";
    say(std::move(line));
    follow(clause.expression, need);
}

/// Goes on to the causes of an unmet expression: of each && all sides, of each || the one nearest to be met.
void Explainer::follow(ExpressionId expression, Tristate need) {
    if (values_.value(expression) >= need) return;
    const Expression& node = model_.expressions[expression];
    if (node.op == Operator::symbol) return too_low(node.left, need);
    if (node.op == Operator::conjunction) {
        follow(node.left, need);
        return follow(node.right, need);
    }
    if (node.op == Operator::negation) {
        const Expression& inner = model_.expressions[node.left];
        if (inner.op == Operator::symbol) too_high(inner.left, Tristate::no);
        return;
    }
    if (node.op != Operator::disjunction) return;
    std::vector<ExpressionId> sides;
    split_at(model_, expression, Operator::disjunction, sides);
    ExpressionId best = sides.front();
    std::optional<int> best_cost;
    for (const ExpressionId side : sides) {
        const auto plan = solver_.satisfy(side, need);
        if (plan && (!best_cost || solver_.cost(*plan) < *best_cost)) {
            best = side;
            best_cost = solver_.cost(*plan);
        }
    }
    if (best_cost) follow(best, need);
}

const Property& Explainer::best_prompt(const Symbol& symbol, Tristate need) {
    const Property* best = &symbol.prompts.front();
    std::optional<int> best_cost;
    for (const Property& prompt : symbol.prompts) {
        const auto plan = solver_.satisfy(model_.clauses(prompt, true), solver_.level(symbol, need));
        if (plan && (!best_cost || solver_.cost(*plan) < *best_cost)) {
            best = &prompt;
            best_cost = solver_.cost(*plan);
        }
    }
    return *best;
}

/// Whether a prompt's dependencies keep it below `need`; says which, each part once.
/// \param who what needs them, for people
bool Explainer::invisible(SymbolId id, Tristate need, const std::string& who) {
    const Symbol& symbol = model_.symbols[id];
    const Tristate level = solver_.level(symbol, need);
    std::set<std::string> said;
    bool found = false;
    for (const Clause& clause : model_.clauses(best_prompt(symbol, need), true)) {
        const Tristate value = values_.value(clause.expression);
        if (value >= level) continue;
        found = true;
        bool news = false;
        for (auto& part : words_.unmet_parts(clause.expression, level))
            news |= said.insert(std::move(part)).second;
        // m would do for m: what is missing is the step to y.
        if (news) unmet(value == Tristate::module ? who + "=y" : who, clause, level);
    }
    return found;
}

void Explainer::too_low(SymbolId id, Tristate need) {
    const Symbol& symbol = model_.symbols[id];
    if (symbol.constant || !symbol.defined() || !enter(id)) return;
    if (symbol.prompts.empty()) return computed(id, need);
    if (!invisible(id, need, symbol.name) && model_.choice_of(symbol) != root_entry) chosen_other(id);
}

void Explainer::chosen_other(SymbolId id) {
    const Entry& choice = model_.entries[model_.choice_of(model_.symbols[id])];
    const auto chosen = std::ranges::find_if(
        choice.members, [&](SymbolId member) { return values_.symbol_value(member) != Tristate::no; });
    if (chosen == choice.members.end() || *chosen == id) return;
    say("the choice \"" + choice.text + "\" (" + model_.to_string(choice.place) + ") chose " +
        model_.symbols[*chosen].name);
}

/// A symbol without prompt: only `select` and its defaults give it a value.
void Explainer::computed(SymbolId id, Tristate need) {
    const Symbol& symbol = model_.symbols[id];
    std::string line = symbol.name + " has no prompt (" + words_.place(symbol) + ")";
    std::string selectors;
    for (std::size_t i = 0; i < std::min(symbol.selected_by.size(), selector_limit); ++i) {
        selectors += (i > 0 ? ", " : "") + model_.symbols[symbol.selected_by[i].symbol].name;
    }
    if (symbol.selected_by.size() > selector_limit) {
        selectors += " and " + std::to_string(symbol.selected_by.size() - selector_limit) + " more";
    }
    if (!selectors.empty()) line += ": it can only be selected by " + selectors;
    if (selectors.empty())
        line += symbol.defaults.empty() ? " and nothing selects it" : ": its default decides";
    say(std::move(line));
    if (symbol.defaults.empty()) return;
    const Property& row = symbol.defaults.front();
    const Tristate level = solver_.level(symbol, need);
    for (const Clause& clause : model_.clauses(row, false)) {
        if (values_.value(clause.expression) < level) unmet(symbol.name, clause, level);
    }
    if (values_.value(row.value) < level) unmet(symbol.name, {row.value, row.condition.place}, level);
}

/// Whether other symbols select it to more than `limit`; says which.
bool Explainer::selected(SymbolId id, Tristate limit) {
    const Symbol& symbol = model_.symbols[id];
    std::size_t count = 0;
    for (const Property& by : symbol.selected_by) {
        const Tristate value =
            std::min(values_.symbol_value(by.symbol), values_.value(by.condition.expression));
        if (value <= limit) continue;
        if (++count > selector_limit) continue;
        say(symbol.name + " is selected by " + model_.symbols[by.symbol].name + " (" +
            model_.to_string(by.condition.place) + "), which is " +
            std::string(to_string(values_.symbol_value(by.symbol))));
    }
    if (count > selector_limit) say("and by " + std::to_string(count - selector_limit) + " more");
    return count > 0;
}

void Explainer::too_high(SymbolId id, Tristate limit) {
    const Symbol& symbol = model_.symbols[id];
    if (symbol.constant || !symbol.defined() || !enter(id) || selected(id, limit)) return;
    if (symbol.prompts.empty()) {
        say(symbol.name + " has no prompt (" + words_.place(symbol) + "): its default decides");
        return default_in_force(id);
    }
    if (invisible(id, Tristate::module, "to change " + symbol.name)) return default_in_force(id);
    const EntryId choice = model_.choice_of(symbol);
    if (choice == root_entry) return;
    say("the choice \"" + model_.entries[choice].text + "\" (" +
        model_.to_string(model_.entries[choice].place) + ") must have a value: ask for another one of it");
}

void Explainer::default_in_force(SymbolId id) {
    const Symbol& symbol = model_.symbols[id];
    for (const Property& row : symbol.defaults) {
        const auto clauses = model_.clauses(row, false);
        const auto holds = [&](const Clause& clause) {
            return values_.value(clause.expression) != Tristate::no;
        };
        if (!std::ranges::all_of(clauses, holds)) continue;
        const auto condition = row.condition.expression;
        say(symbol.name + " has the default " + words_.written(row.value) +
            (condition == always ? "" : " if " + words_.written(condition)) + " (" +
            model_.to_string(row.condition.place) + ")");
        return;
    }
}

void Explainer::logical(SymbolId id, Tristate wanted) {
    const Symbol& symbol = model_.symbols[id];
    if (wanted == Tristate::module && !values_.modules()) {
        if (model_.modules == 0) return say("this kernel knows no modules");
        say(symbol.name + " can't be m: " + words_.symbol(model_.modules));
        too_low(model_.modules, Tristate::yes);
        if (values_.symbol_value(id) == Tristate::no) too_low(id, Tristate::module);
        return;
    }
    if (values_.symbol_value(id) < wanted) {
        too_low(id, wanted);
    } else {
        too_high(id, wanted);
    }
}

void Explainer::row_for(SymbolId id, const std::string& wanted) {
    const Symbol& symbol = model_.symbols[id];
    say(symbol.name + " has no prompt (" + words_.place(symbol) + "): its default decides");
    for (const Property& row : symbol.defaults) {
        const Expression& value = model_.expressions[row.value];
        if (value.op != Operator::symbol || values_.text(value.left) != unquote(wanted)) continue;
        return unmet(symbol.name + "=" + wanted, row.condition, Tristate::module);
    }
    default_in_force(id);
}

void Explainer::range(SymbolId id) {
    const Symbol& symbol = model_.symbols[id];
    for (const Property& row : symbol.ranges) {
        if (values_.value(row.condition.expression) == Tristate::no) continue;
        say(symbol.name + " must be from " + values_.text(row.symbol) + " to " + values_.text(row.upper) +
            " (" + model_.to_string(row.condition.place) + ")");
        return;
    }
}

void Explainer::valued(SymbolId id, const std::string& wanted) {
    const Symbol& symbol = model_.symbols[id];
    if (symbol.prompts.empty()) return row_for(id, wanted);
    if (!invisible(id, Tristate::module, symbol.name)) range(id);
}

std::vector<std::string> Explainer::explain(SymbolId symbol, const std::string& wanted) {
    lines_.clear();
    seen_.clear();
    const Symbol& asked = model_.symbols[symbol];
    if (same_value(config_.value(asked.name), wanted)) return {};
    if (!valid_value(asked.type, wanted) && !(wanted == "n" && !asked.logical())) {
        say(asked.name + " (" + words_.place(asked) + ") is " + std::string(type_name(asked.type)) +
            ", not " + wanted);
    } else if (asked.logical()) {
        logical(symbol, to_tristate(wanted));
    } else {
        valued(symbol, wanted);
    }
    if (lines_.empty()) {
        say("nothing in Kconfig keeps " + asked.name + " (" + words_.place(asked) + ") from being " + wanted +
            ": another setting came later, or it was never asked for");
    }
    return std::move(lines_);
}

Plan Explainer::remedy(SymbolId id, const std::string& wanted) {
    const Symbol& symbol = model_.symbols[id];
    if (same_value(config_.value(symbol.name), wanted) || !valid_value(symbol.type, wanted)) return {};
    std::optional<Plan> plan;
    const Tristate value = to_tristate(wanted);
    if (symbol.logical() && value == Tristate::module && !values_.modules() && model_.modules != 0) {
        plan = solver_.raise(model_.modules, Tristate::yes);
        const auto dependencies = solver_.raise(id, Tristate::module);
        if (plan && dependencies) plan->insert(dependencies->begin(), dependencies->end());
    } else if (symbol.logical() && values_.symbol_value(id) < value) {
        plan = solver_.raise(id, value);
    } else if (!symbol.prompts.empty()) {
        plan = solver_.satisfy(model_.clauses(best_prompt(symbol, Tristate::module), true), Tristate::module);
    }
    if (!plan) return {};
    plan->erase(id);
    return *std::move(plan);
}

}  // namespace rpikit::kconfig
