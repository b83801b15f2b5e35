#include "sdk/kconfig/solver.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace rpikit::kconfig {

namespace {

constexpr std::size_t depth_limit = 20;  // goals inside each other; chains of a kernel are about ten long
constexpr int step_limit = 200000;       // bounds the search over a whole kernel to a fraction of a second
constexpr std::size_t selector_limit = 4;

/// Never asked for: they widen what is offered without making it work.
constexpr std::array<std::string_view, 2> never = {"COMPILE_TEST", "BROKEN"};

/// A usual option costs 10, so that of two ways the one with fewer options wins; what drags a platform, a
/// debugging aid or another firmware interface in costs more.
int price(const Symbol& symbol) {
    const std::string_view name = symbol.name;
    if (name.starts_with("ARCH_") || name.starts_with("MACH_")) return 60;
    if (name == "ACPI" || name.find("KUNIT") != std::string_view::npos || name.ends_with("_TEST")) return 60;
    return name == "EXPERT" || name.starts_with("DEBUG") ? 30 : 10;
}

std::optional<Plan> merge(std::optional<Plan> a, const std::optional<Plan>& b) {
    if (!a || !b) return std::nullopt;
    for (const auto& [symbol, value] : *b) {
        auto& row = a->try_emplace(symbol, value).first->second;
        row = std::max(row, value);
    }
    return a;
}

}  // namespace

int Solver::cost(const Plan& plan) const {
    int sum = 0;
    for (const auto& [symbol, value] : plan)
        sum += price(model_.symbols[symbol]);
    return sum;
}

std::optional<Plan> Solver::cheaper(std::optional<Plan> a, std::optional<Plan> b) const {
    if (!a) return b;
    return b && cost(*b) < cost(*a) ? b : a;
}

std::optional<Plan> Solver::satisfy(const std::vector<Clause>& clauses, Tristate need) {
    std::optional<Plan> plan = Plan{};
    for (const Clause& clause : clauses) {
        if (plan) plan = merge(std::move(plan), satisfy(clause.expression, need));
    }
    return plan;
}

std::optional<Plan> Solver::both(ExpressionId left, ExpressionId right, Tristate need) {
    auto plan = satisfy(left, need);
    return plan ? merge(std::move(plan), satisfy(right, need)) : plan;
}

std::optional<Plan> Solver::satisfy(ExpressionId expression, Tristate need) {
    if (values_.value(expression) >= need) return Plan{};
    const Expression& node = model_.expressions[expression];
    switch (node.op) {
        case Operator::symbol:
            return raise(node.left, need);
        case Operator::conjunction:
            return both(node.left, node.right, need);
        case Operator::disjunction:
            return cheaper(satisfy(node.left, need), satisfy(node.right, need));
        case Operator::negation: {
            const Expression& inner = model_.expressions[node.left];
            if (inner.op != Operator::symbol) return std::nullopt;
            return lower(inner.left, static_cast<Tristate>(2 - static_cast<int>(need)));
        }
        default:
            return compare(node);
    }
}

/// Only "SYMBOL = y", "SYMBOL = n" and "SYMBOL != n" are worth an answer.
std::optional<Plan> Solver::compare(const Expression& comparison) {
    if (!model_.symbols[comparison.left].logical()) return std::nullopt;
    if (comparison.op == Operator::equal && comparison.right == constant_yes) {
        return raise(comparison.left, Tristate::yes);
    }
    if (comparison.op == Operator::equal && comparison.right == constant_no) {
        return lower(comparison.left, Tristate::no);
    }
    if (comparison.op == Operator::unequal && comparison.right == constant_no) {
        return raise(comparison.left, Tristate::module);
    }
    return std::nullopt;
}

std::optional<Plan> Solver::lower(SymbolId id, Tristate limit) {
    const Symbol& symbol = model_.symbols[id];
    if (symbol.type == Type::boolean && limit == Tristate::module) limit = Tristate::no;
    if (values_.symbol_value(id) <= limit) return Plan{};
    if (symbol.prompts.empty() || model_.choice_of(symbol) != root_entry) return std::nullopt;
    const auto holds = [&](const Property& by) {
        return std::min(values_.symbol_value(by.symbol), values_.value(by.condition.expression)) > limit;
    };
    if (std::ranges::any_of(symbol.selected_by, holds)) return std::nullopt;
    return Plan{{id, limit}};
}

std::optional<Plan> Solver::raise(SymbolId id, Tristate need) {
    const Symbol& symbol = model_.symbols[id];
    if (values_.symbol_value(id) >= need) return Plan{};
    if (symbol.constant || !symbol.defined() || !symbol.logical()) return std::nullopt;
    if (std::ranges::find(never, symbol.name) != never.end()) return std::nullopt;
    if (refuse_ && refuse_(symbol.name)) return std::nullopt;
    const Goal goal{id, need};
    if (const auto found = known_.find(goal); found != known_.end()) return found->second;
    if (++steps_ > step_limit || active_.size() >= depth_limit || !active_.insert(goal).second) {
        return std::nullopt;
    }
    auto plan = by_prompt(id, need);
    if (!plan) plan = cheaper(by_default(id, need), by_select(id, need));
    if (!plan) plan = by_imply(id, need);
    active_.erase(goal);
    known_[goal] = plan;
    return plan;
}

std::optional<Plan> Solver::by_prompt(SymbolId id, Tristate need) {
    const Symbol& symbol = model_.symbols[id];
    if (need == Tristate::module && symbol.type == Type::tristate && !values_.modules()) need = Tristate::yes;
    std::optional<Plan> best;
    for (const Property& prompt : symbol.prompts) {
        best = cheaper(std::move(best), satisfy(model_.clauses(prompt, true), level(symbol, need)));
    }
    const Tristate value = symbol.type == Type::boolean ? Tristate::yes : need;
    return merge(std::move(best), Plan{{id, value}});
}

std::optional<Plan> Solver::by_default(SymbolId id, Tristate need) {
    const Symbol& symbol = model_.symbols[id];
    std::optional<Plan> best;
    for (const Property& row : symbol.defaults) {
        auto plan = satisfy(model_.clauses(row, false), level(symbol, need));
        if (plan) plan = merge(std::move(plan), satisfy(row.value, level(symbol, need)));
        best = cheaper(std::move(best), std::move(plan));
    }
    return best;
}

/// A symbol that many select is a library: which of its users is wanted, nobody can tell. One that is on
/// counts.
std::optional<Plan> Solver::by_select(SymbolId id, Tristate need) {
    const Symbol& symbol = model_.symbols[id];
    std::optional<Plan> best;
    const bool library = symbol.selected_by.size() > selector_limit;
    for (const Property& by : symbol.selected_by) {
        if (library && values_.symbol_value(by.symbol) < level(symbol, need)) continue;
        auto plan = satisfy(by.condition.expression, level(symbol, need));
        if (plan) plan = merge(std::move(plan), raise(by.symbol, level(symbol, need)));
        best = cheaper(std::move(best), std::move(plan));
    }
    return best;
}

/// A symbol that nobody can ask for comes by an "imply" when its own dependencies hold, too.
std::optional<Plan> Solver::by_imply(SymbolId id, Tristate need) {
    const Symbol& symbol = model_.symbols[id];
    std::optional<Plan> best;
    for (const Property& by : symbol.implied_by) {
        auto plan = satisfy(model_.clauses({.entry = symbol.entries.front()}, false), level(symbol, need));
        if (plan) plan = merge(std::move(plan), satisfy(by.condition.expression, level(symbol, need)));
        if (plan) plan = merge(std::move(plan), raise(by.symbol, level(symbol, need)));
        best = cheaper(std::move(best), std::move(plan));
    }
    return best;
}

}  // namespace rpikit::kconfig
