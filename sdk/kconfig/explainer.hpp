#pragma once

#include <set>
#include <string>
#include <vector>

#include "sdk/kconfig/solver.hpp"
#include "sdk/kconfig/wording.hpp"

namespace rpikit::kconfig {

/// Says why a symbol did not get the value it was asked to have: one line a cause, each with the unmet
/// dependency's value and place, and each cause followed by its own causes.
class Explainer {
  public:
    Explainer(const Model& model, const DotConfig& config, ShellCalls& shell)
        : model_(model),
          config_(config),
          values_(model, config, shell),
          words_(model, values_, shell),
          solver_(model, values_) {}
    Explainer(const Explainer&) = delete;
    Explainer& operator=(const Explainer&) = delete;

    /// \param symbol one that is defined. Empty when it has the value
    std::vector<std::string> explain(SymbolId symbol, const std::string& wanted);

    /// The additions that would meet the unmet dependencies, `symbol` itself left out; empty when not known.
    Plan remedy(SymbolId symbol, const std::string& wanted);

  private:
    void logical(SymbolId id, Tristate wanted);
    void valued(SymbolId id, const std::string& wanted);
    void too_low(SymbolId id, Tristate need);
    void too_high(SymbolId id, Tristate limit);
    void computed(SymbolId id, Tristate need);
    void chosen_other(SymbolId id);
    bool selected(SymbolId id, Tristate limit);
    bool invisible(SymbolId id, Tristate need, const std::string& who);
    void unmet(const std::string& who, const Clause& clause, Tristate need);
    void follow(ExpressionId expression, Tristate need);
    void default_in_force(SymbolId id);
    void row_for(SymbolId id, const std::string& wanted);
    void range(SymbolId id);

    const Property& best_prompt(const Symbol& symbol, Tristate need);
    void say(std::string line);
    bool enter(SymbolId id);

    const Model& model_;
    const DotConfig& config_;
    Evaluator values_;
    Wording words_;
    Solver solver_;
    std::vector<std::string> lines_;
    std::set<SymbolId> seen_;
};

}  // namespace rpikit::kconfig
