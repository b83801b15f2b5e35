#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rpikit::kconfig {

/// The values of Kconfig's logic, ordered: && is the minimum, || the maximum.
enum class Tristate : std::uint8_t { no, module, yes };

enum class Type : std::uint8_t { unknown, boolean, tristate, integer, hexadecimal, string };

using SymbolId = std::uint32_t;
using ExpressionId = std::uint32_t;
using EntryId = std::uint32_t;

/// The expression "always", which every absent condition is.
inline constexpr ExpressionId always = 0;
inline constexpr EntryId root_entry = 0;

/// A line of a Kconfig file.
struct Place {
    std::uint32_t file = 0;
    int line = 0;
};

enum class Operator : std::uint8_t {
    symbol,
    negation,
    conjunction,
    disjunction,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
};

/// A node of an expression. `left` and `right` are symbols for `symbol` and the comparisons, else
/// expressions.
struct Expression {
    Operator op = Operator::symbol;
    std::uint32_t left = 0;
    std::uint32_t right = 0;
};

/// A condition and where it is written.
struct Clause {
    ExpressionId expression = always;
    Place place;
};

enum class EntryKind : std::uint8_t { root, menu, condition, config, choice, comment };

/// A node of the menu tree; `condition` is an if block.
struct Entry {
    EntryKind kind = EntryKind::root;
    EntryId parent = root_entry;
    Place place;
    std::string text = {};               ///< prompt of a menu, choice or comment
    std::vector<Clause> depends = {};    ///< "depends on", or the condition of an if block
    std::vector<Clause> visible = {};    ///< "visible if" of a menu
    std::vector<SymbolId> members = {};  ///< of a choice
    std::uint32_t choice = 0;            ///< of a choice: its index in Model::choices
};

/// A property of a symbol: prompt, default, range, or another symbol's select or imply of it.
struct Property {
    EntryId entry = root_entry;   ///< where it is written
    Clause condition;             ///< its own "if", and its place
    ExpressionId value = always;  ///< of a default
    SymbolId symbol = 0;          ///< who selects or implies; lower end of a range; default of a choice
    SymbolId upper = 0;           ///< upper end of a range
    std::string text = {};        ///< of a prompt
};

/// What a choice block says beyond its entry and its members.
struct Choice {
    EntryId entry = root_entry;
    Type type = Type::unknown;  ///< up to 6.9 a choice could be tristate
    bool optional = false;      ///< up to 6.9: none of the members may be chosen
    std::vector<Property> prompts = {};
    std::vector<Property> defaults = {};
};

struct Symbol {
    std::string name;
    Type type = Type::unknown;
    bool constant = false;      ///< quoted, or the result of a macro
    bool transitional = false;  ///< an old name: read from a .config, never written
    std::vector<EntryId> entries = {};
    std::vector<Property> prompts = {};
    std::vector<Property> defaults = {};
    std::vector<Property> ranges = {};
    std::vector<Property> selected_by = {};
    std::vector<Property> implied_by = {};

    bool defined() const { return !entries.empty(); }
    bool logical() const { return type == Type::boolean || type == Type::tristate; }
};

/// What a tree of Kconfig files says, before any value is given.
struct Model {
    Model();

    /// The symbol of that name, made when new. A quoted y, m or n is the constant.
    SymbolId symbol(std::string_view name, bool constant);
    /// Null when nothing names it.
    const Symbol* find(std::string_view name) const;

    ExpressionId add(Expression expression);
    ExpressionId leaf(SymbolId symbol) { return add({Operator::symbol, symbol, 0}); }
    ExpressionId both(ExpressionId left, ExpressionId right);

    /// The choice that a symbol with a prompt is a member of, or root_entry.
    EntryId choice_of(const Symbol& symbol) const;

    /// All that a property's effect depends on, outermost first: the menus, if blocks and "depends on" lines
    /// around and at its entry, and its own condition. \param visibility also "visible if" (for a prompt)
    std::vector<Clause> clauses(const Property& property, bool visibility) const;

    /// Where a symbol is defined (with a prompt, if it has one).
    Place place_of(const Symbol& symbol) const;

    /// "drivers/hid/Kconfig:7"
    std::string to_string(Place place) const;
    /// As it could be written, cut off after some length.
    std::string to_string(ExpressionId expression) const;

    std::vector<std::string> files;
    std::vector<Symbol> symbols;  ///< the first three are n, m, y
    std::vector<Expression> expressions;
    std::vector<Entry> entries;
    std::vector<Choice> choices;
    SymbolId modules = 0;  ///< the symbol with the attribute "modules"; 0: none

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, SymbolId, Hash, std::equal_to<>> names_;
    std::unordered_map<std::string, SymbolId, Hash, std::equal_to<>> constants_;
};

inline constexpr SymbolId constant_no = 0;
inline constexpr SymbolId constant_module = 1;
inline constexpr SymbolId constant_yes = 2;

}  // namespace rpikit::kconfig
