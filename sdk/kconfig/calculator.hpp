#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sdk/kconfig/dependencies.hpp"
#include "sdk/kconfig/dot_config.hpp"
#include "sdk/kconfig/macro.hpp"

namespace rpikit::kconfig {

/// How the conf of a kernel's version decides.
enum class Dialect : std::uint8_t {
    choices_have_values,  ///< before 6.11: a choice is y, m or n itself; a number without a default is empty
    choices_pick,         ///< a choice picks one of its members; a number without a default is 0
};

/// \param version such as "6.12.3"; anything else is taken for a new one
Dialect dialect_of(std::string_view version);

/// Gives every symbol the value that the kernel's own conf gives it, from the values that a user asked for
/// (scripts/kconfig/symbol.c of 6.1 and 6.12 are what it was compared with). A copy of one that was asked
/// knows the same lines.
class Calculator {
  public:
    Calculator(const Model& model, const Order& order, ShellCalls& shell, Dialect dialect);

    /// \param asked lines of a .config; the last one wins. What cannot be a value of its symbol is passed
    /// over.
    void ask(std::span<const Assignment> asked);

    /// For one use. \returns what `make olddefconfig` would write. An error: a command of $(shell,...) could
    /// not be run
    Result<DotConfig> complete();

  private:
    static constexpr int depth_limit = 100;  ///< symbols that are each other's range; a kernel has two

    struct State {
        Tristate value = Tristate::no;
        Tristate visible = Tristate::no;
        std::optional<Tristate> wanted = {};          ///< by the user, of a bool or tristate
        std::optional<std::string> wanted_text = {};  ///< by the user, of the others
        std::string text = {};                        ///< of an int, hex or string
        bool valid = false;
        bool written = false;  ///< stands in a .config
    };
    struct ChoiceState {
        Tristate value = Tristate::no;
        Tristate wanted = Tristate::no;
        std::vector<SymbolId> priority = {};  ///< the members, those that the user named last first
    };

    void ask(const Assignment& assignment);
    void ask_member(SymbolId id, Tristate value);
    void calculate_all();
    void calculate(Unit unit);
    void calculate(SymbolId id);
    void calculate_logical(SymbolId id, State& state);
    void calculate_text(SymbolId id, State& state);
    void keep_in_range(SymbolId id, State& state);
    void drop_out_of_range();
    bool in_range(SymbolId id, const std::string& text);
    long long bound(SymbolId id, int base);

    void pick(const Choice& choice, ChoiceState& state);
    std::optional<SymbolId> picked(const Choice& choice, const ChoiceState& state);
    std::optional<SymbolId> choice_default(const Choice& choice);
    void pick_by_value(const Choice& choice, ChoiceState& state);
    Tristate choice_value(const Choice& choice, const ChoiceState& state);
    void member_by_value(SymbolId id, std::optional<SymbolId> chosen);

    Tristate visibility(const std::vector<Property>& prompts);
    Tristate depends(EntryId entry);
    Tristate shown(EntryId entry);
    Tristate holds(const Property& property);
    Tristate direct_dependency(const Symbol& symbol);
    Tristate pulled(const std::vector<Property>& by);
    const Property* in_force(const std::vector<Property>& properties);

    /// \param condition in a condition m means "m && MODULES", in a default it does not
    Tristate expression(ExpressionId id, bool condition);
    Tristate value(SymbolId id);
    std::string text(SymbolId id);
    bool compare(const Expression& comparison);
    Tristate settled(Type type, Tristate value) const;
    DotConfig result() const;

    const Model& model_;
    const Order& order_;
    ShellCalls& shell_;
    Dialect dialect_;
    Tristate modules_ = Tristate::no;
    std::vector<State> states_;
    std::vector<ChoiceState> choices_;
    std::vector<std::optional<Tristate>> depends_;  ///< of each entry, with what stands around it
    std::vector<std::optional<Tristate>> shown_;    ///< "visible if" of each entry, as above
    std::optional<Error> failed_;
    int depth_ = 0;
};

}  // namespace rpikit::kconfig
