#pragma once

#include "sdk/kconfig/describe.hpp"
#include "sdk/kconfig/wording.hpp"

namespace rpikit::kconfig {

/// Puts together what a tree says of one symbol.
class Describer {
  public:
    Describer(const Model& model, const DotConfig& config, ShellCalls& shell)
        : model_(model), config_(config), values_(model, config, shell), words_(model, values_, shell) {}
    Describer(const Describer&) = delete;
    Describer& operator=(const Describer&) = delete;

    /// \param symbol one that is defined
    Description describe(const Symbol& symbol) const;

  private:
    Location location(Place place) const;
    Condition condition(const Clause& clause) const;
    std::vector<Condition> dependencies(const Symbol& symbol) const;
    std::vector<Influence> influences(const std::vector<Property>& properties) const;
    std::optional<Condition> default_in_force(const Symbol& symbol) const;
    bool holds(const Property& property) const;

    const Model& model_;
    const DotConfig& config_;
    Evaluator values_;
    Wording words_;
};

}  // namespace rpikit::kconfig
