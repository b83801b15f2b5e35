#pragma once

#include "sdk/kconfig/dot_config.hpp"
#include "sdk/kconfig/macro.hpp"
#include "sdk/kconfig/model.hpp"

namespace rpikit::kconfig {

std::string_view to_string(Tristate value);

/// "y", "m", "n"; anything else is no.
Tristate to_tristate(std::string_view value);

/// Whether Kconfig would take `value` (as a .config writes it) for a symbol of this type.
bool valid_value(Type type, std::string_view value);

/// What expressions come to under the values of a .config.
class Evaluator {
  public:
    Evaluator(const Model& model, const DotConfig& config, ShellCalls& shell)
        : model_(model), config_(config), shell_(shell) {}

    Tristate value(ExpressionId expression) const;
    Tristate symbol_value(SymbolId symbol) const;
    /// A symbol's value as comparisons see it: strings without quotes, unknown names as themselves.
    std::string text(SymbolId symbol) const;
    bool modules() const;

  private:
    bool compare(const Expression& comparison) const;

    const Model& model_;
    const DotConfig& config_;
    ShellCalls& shell_;
};

}  // namespace rpikit::kconfig
