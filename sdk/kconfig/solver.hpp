#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sdk/kconfig/evaluate.hpp"

namespace rpikit::kconfig {

/// What to ask for so that something holds, symbol and value.
using Plan = std::map<SymbolId, Tristate>;

/// Finds the cheapest additions to a .config that meet an expression: of each || the cheaper side, never
/// COMPILE_TEST or BROKEN, another platform only when nothing else helps. Nothing is a promise: what the
/// additions select or switch off is seen only when Kconfig has run again.
class Solver {
  public:
    /// Whether a symbol must not be asked for, beside those that never are.
    using Refuse = std::function<bool(const std::string& symbol)>;

    Solver(const Model& model, const Evaluator& values, Refuse refuse = {})
        : model_(model), values_(values), refuse_(std::move(refuse)) {}

    /// None when nothing that a user can ask for gets there.
    std::optional<Plan> satisfy(ExpressionId expression, Tristate need);
    std::optional<Plan> satisfy(const std::vector<Clause>& clauses, Tristate need);
    /// Makes a symbol be at least `need`; the plan names the symbol itself too if it has a prompt.
    std::optional<Plan> raise(SymbolId symbol, Tristate need);

    int cost(const Plan& plan) const;

    /// What the dependencies of a symbol must be so that it can be `need`: for a bool m is enough.
    Tristate level(const Symbol& symbol, Tristate need) const {
        return symbol.type == Type::boolean && need == Tristate::yes ? Tristate::module : need;
    }

  private:
    using Goal = std::pair<SymbolId, Tristate>;

    std::optional<Plan> both(ExpressionId left, ExpressionId right, Tristate need);
    std::optional<Plan> compare(const Expression& comparison);
    std::optional<Plan> lower(SymbolId symbol, Tristate limit);
    std::optional<Plan> by_prompt(SymbolId symbol, Tristate need);
    std::optional<Plan> by_default(SymbolId symbol, Tristate need);
    std::optional<Plan> by_select(SymbolId symbol, Tristate need);
    std::optional<Plan> by_imply(SymbolId symbol, Tristate need);
    std::optional<Plan> cheaper(std::optional<Plan> a, std::optional<Plan> b) const;

    const Model& model_;
    const Evaluator& values_;
    Refuse refuse_;
    std::map<Goal, std::optional<Plan>> known_;
    std::set<Goal> active_;
    int steps_ = 0;
};

}  // namespace rpikit::kconfig
