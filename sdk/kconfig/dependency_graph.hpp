#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdk/kconfig/dependencies.hpp"

namespace rpikit::kconfig {

/// What names what, as a graph: its nodes are the symbols, the choices, and of each entry what it depends on
/// and what makes its prompts visible, so that a menu's condition is followed once and not for each symbol.
class DependencyGraph {
  public:
    using Node = std::uint32_t;

    /// Why a node cannot have a value before another one has.
    struct Edge {
        Node to = 0;
        Place place = {};
        std::string_view reason = {};  ///< "depends on"; empty: only leads on
    };

    /// \param ends whether the ends of ranges count too: they decide a value, but the kernel's own reader
    /// does not call it a circle when they lead back
    DependencyGraph(const Model& model, bool ends);

    Node size() const { return choice_base_ + static_cast<Node>(model_.choices.size()); }
    Node of_symbol(SymbolId symbol) const { return symbol; }
    bool is_unit(Node node) const;
    Unit unit(Node node) const;
    /// The symbol's name, or the choice's prompt; only of a unit.
    std::string name(Node node) const;
    /// Appends the edges that leave a node.
    void edges(Node node, std::vector<Edge>& found) const;

  private:
    Node dependencies_of(EntryId entry) const { return entry_base_ + 2 * entry; }
    Node visibility_of(EntryId entry) const { return entry_base_ + 2 * entry + 1; }

    void symbol(SymbolId id, std::vector<Edge>& found) const;
    void choice(const Choice& choice, std::vector<Edge>& found) const;
    void entry(EntryId id, bool visibility, std::vector<Edge>& found) const;
    void prompt(const Property& property, std::vector<Edge>& found) const;
    void conditions(const Property& property, std::string_view reason, std::vector<Edge>& found) const;
    void names(ExpressionId expression, Place place, std::string_view reason, std::vector<Edge>& found) const;
    void add(SymbolId to, Place place, std::string_view reason, std::vector<Edge>& found) const;

    const Model& model_;
    bool ends_;
    Node entry_base_ = 0;
    Node choice_base_ = 0;
    std::vector<EntryId> choice_of_;  ///< of each symbol
};

}  // namespace rpikit::kconfig
