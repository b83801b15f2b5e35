#pragma once

#include <string>
#include <vector>

#include "sdk/kconfig/evaluate.hpp"

namespace rpikit::kconfig {

/// Symbols and expressions with their values and places, as people read them.
class Wording {
  public:
    Wording(const Model& model, const Evaluator& values, const ShellCalls& shell)
        : model_(model), values_(values), shell_(shell) {}

    /// "HID_SUPPORT is n (drivers/hid/Kconfig:7)"
    std::string symbol(SymbolId id) const;
    /// Where a symbol is defined: "drivers/hid/Kconfig:7".
    std::string place(const Symbol& symbol) const;
    /// An expression as it is written, commands spelled out, cut where it gets too long for a line.
    std::string written(ExpressionId expression) const;
    /// What the parts of an expression that are below `need` are, each once.
    std::vector<std::string> unmet_parts(ExpressionId expression, Tristate need) const;

  private:
    /// The parts of an expression that are below `need`, && and || taken apart.
    std::vector<ExpressionId> leaves(ExpressionId expression, Tristate need) const;
    /// Whether an alternative is not worth a word: nobody meets a dependency by COMPILE_TEST, or by the
    /// platform of another architecture.
    bool hopeless(ExpressionId leaf) const;
    std::string part(ExpressionId leaf) const;

    const Model& model_;
    const Evaluator& values_;
    const ShellCalls& shell_;
};

}  // namespace rpikit::kconfig
