#include <algorithm>

#include "sdk/kconfig/calculator.hpp"

namespace rpikit::kconfig {

void Calculator::pick(const Choice& choice, ChoiceState& state) {
    const auto& members = model_.entries[choice.entry].members;
    for (const SymbolId member : members) {
        State& each = states_[member];
        each.valid = true;
        each.visible = settled(model_.symbols[member].type, visibility(model_.symbols[member].prompts));
        each.written = each.visible != Tristate::no;
    }
    if (const auto chosen = picked(choice, state)) states_[*chosen].value = Tristate::yes;
}

/// The member that the user said y to last; else the default, unless the user said n to it; else the first
/// one of which the user said nothing; else the one that the user said n to first.
std::optional<SymbolId> Calculator::picked(const Choice& choice, const ChoiceState& state) {
    const auto& members = model_.entries[choice.entry].members;
    const auto is_shown = [&](SymbolId id) { return states_[id].visible != Tristate::no; };
    const auto is_yes = [&](SymbolId id) { return is_shown(id) && states_[id].wanted == Tristate::yes; };
    const auto is_open = [&](SymbolId id) { return is_shown(id) && !states_[id].wanted; };
    if (const auto found = std::ranges::find_if(state.priority, is_yes); found != state.priority.end())
        return *found;
    const auto preferred = choice_default(choice);
    if (preferred && states_[*preferred].wanted != Tristate::no) return preferred;
    if (const auto found = std::ranges::find_if(members, is_open); found != members.end()) return *found;
    const auto last = std::find_if(state.priority.rbegin(), state.priority.rend(), is_shown);
    return last == state.priority.rend() ? std::nullopt : std::optional(*last);
}

std::optional<SymbolId> Calculator::choice_default(const Choice& choice) {
    const auto is_shown = [&](SymbolId id) { return states_[id].visible != Tristate::no; };
    for (const Property& row : choice.defaults) {
        if (holds(row) != Tristate::no && is_shown(row.symbol)) return row.symbol;
    }
    const auto& members = model_.entries[choice.entry].members;
    const auto found = std::ranges::find_if(members, is_shown);
    return found == members.end() ? std::nullopt : std::optional(*found);
}

void Calculator::pick_by_value(const Choice& choice, ChoiceState& state) {
    state.value = choice_value(choice, state);
    const auto& members = model_.entries[choice.entry].members;
    for (const SymbolId member : members) {
        State& each = states_[member];
        const Symbol& symbol = model_.symbols[member];
        each.valid = true;
        each.visible = visibility(symbol.prompts);
        if (choice.type == Type::tristate) {
            // Of a choice that is y only whole members can be chosen, of one that is m only modules.
            const bool whole = symbol.type != Type::tristate;
            if (whole && state.value != Tristate::yes) each.visible = Tristate::no;
            if (!whole && state.value == Tristate::yes && each.visible == Tristate::module)
                each.visible = Tristate::no;
        }
        each.visible = settled(symbol.type, each.visible);
        each.written = each.visible != Tristate::no;
    }
    std::optional<SymbolId> chosen;
    if (state.value == Tristate::yes) {
        const auto is_yes = [&](SymbolId id) { return states_[id].wanted == Tristate::yes; };
        const auto named = std::ranges::find_if(state.priority, is_yes);
        const bool visible = named != state.priority.end() && states_[*named].visible != Tristate::no;
        chosen = visible ? std::optional(*named) : choice_default(choice);
    }
    for (const SymbolId member : members)
        member_by_value(member, chosen);
}

/// What the choice itself is: as its members were asked for, at least m where it is not optional.
Tristate Calculator::choice_value(const Choice& choice, const ChoiceState& state) {
    const Tristate asked = visibility(choice.prompts);
    Tristate found = std::min(state.wanted, settled(choice.type, asked));
    if (!choice.optional) found = std::max(found, settled(choice.type, std::min(asked, Tristate::module)));
    return settled(choice.type, found);
}

void Calculator::member_by_value(SymbolId id, std::optional<SymbolId> chosen) {
    State& state = states_[id];
    if (state.visible == Tristate::yes) {
        state.value = chosen == id ? Tristate::yes : Tristate::no;
    } else if (state.visible == Tristate::module && state.wanted) {
        state.value = std::min(*state.wanted, state.visible);
    }
}

}  // namespace rpikit::kconfig
