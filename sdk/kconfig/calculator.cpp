#include "sdk/kconfig/calculator.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "sdk/kconfig/comparison.hpp"
#include "sdk/kconfig/evaluate.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kconfig {

namespace {

bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// Whether the kernel's own conf takes this text for such a symbol: an int has no leading zeros.
bool takes(Type type, std::string_view text) {
    if (type == Type::string) return true;
    if (type == Type::integer) {
        if (text.starts_with('-')) text.remove_prefix(1);
        return !text.empty() && std::ranges::all_of(text, is_digit) && (text.front() != '0' || text == "0");
    }
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

int base_of(Type type, int otherwise) {
    if (type == Type::integer) return 10;
    return type == Type::hexadecimal ? 16 : otherwise;
}

bool is_number(Type type) {
    return type == Type::integer || type == Type::hexadecimal;
}

}  // namespace

Dialect dialect_of(std::string_view version) {
    const auto dot = version.find('.');
    if (dot == std::string_view::npos) return Dialect::choices_pick;
    const auto rest = version.substr(dot + 1);
    const auto major = parse_number(version.substr(0, dot));
    const auto minor = parse_number(rest.substr(0, rest.find_first_not_of("0123456789")));
    if (!major || !minor) return Dialect::choices_pick;
    return *major < 6 || (*major == 6 && *minor < 11) ? Dialect::choices_have_values : Dialect::choices_pick;
}

Calculator::Calculator(const Model& model, const Order& order, ShellCalls& shell, Dialect dialect)
    : model_(model),
      order_(order),
      shell_(shell),
      dialect_(dialect),
      states_(model.symbols.size()),
      choices_(model.choices.size()),
      depends_(model.entries.size()),
      shown_(model.entries.size()) {
    for (std::size_t i = 0; i < choices_.size(); ++i)
        choices_[i].priority = model.entries[model.choices[i].entry].members;
}

void Calculator::ask(std::span<const Assignment> asked) {
    for (const Assignment& assignment : asked)
        ask(assignment);
}

Result<DotConfig> Calculator::complete() {
    calculate_all();
    if (failed_) return fail(*std::move(failed_));
    return result();
}

void Calculator::ask(const Assignment& assignment) {
    const Symbol* symbol = model_.find(assignment.symbol);
    if (symbol == nullptr || !symbol->defined()) return;
    const auto id = static_cast<SymbolId>(symbol - model_.symbols.data());
    const std::string& value = assignment.value;
    if (symbol->logical()) {
        const bool valid = value == "y" || value == "n" || (value == "m" && symbol->type == Type::tristate);
        if (!valid) return;
        states_[id].wanted = to_tristate(value);
        if (model_.choice_of(*symbol) != root_entry) ask_member(id, to_tristate(value));
    } else if (symbol->type == Type::string ? value.starts_with('"') : takes(symbol->type, value)) {
        states_[id].wanted_text = unquote(value);
    }
}

void Calculator::ask_member(SymbolId id, Tristate value) {
    ChoiceState& choice = choices_[model_.entries[model_.choice_of(model_.symbols[id])].choice];
    choice.wanted = std::max(choice.wanted, value);
    const auto found = std::ranges::find(choice.priority, id);
    if (found != choice.priority.end()) std::rotate(choice.priority.begin(), found, found + 1);
}

void Calculator::calculate_all() {
    for (std::size_t i = 0; i < order_.units.size(); ++i) {
        calculate(order_.units[i]);
        if (i + 1 != order_.before_modules) continue;
        modules_ = value(model_.modules);
        std::ranges::fill(depends_, std::nullopt);
        std::ranges::fill(shown_, std::nullopt);
    }
    if (dialect_ == Dialect::choices_have_values) drop_out_of_range();
}

void Calculator::calculate(Unit unit) {
    if (!unit.choice) return calculate(unit.id);
    const Choice& choice = model_.choices[unit.id];
    if (dialect_ == Dialect::choices_have_values) {
        pick_by_value(choice, choices_[unit.id]);
    } else {
        pick(choice, choices_[unit.id]);
    }
}

void Calculator::calculate(SymbolId id) {
    State& state = states_[id];
    if (state.valid) return;
    state.valid = true;
    const Symbol& symbol = model_.symbols[id];
    if (symbol.type == Type::unknown) return;
    state.visible = settled(symbol.type, visibility(symbol.prompts));
    state.written = state.visible != Tristate::no;
    if (symbol.logical()) {
        calculate_logical(id, state);
    } else {
        calculate_text(id, state);
        keep_in_range(id, state);
    }
}

void Calculator::calculate_logical(SymbolId id, State& state) {
    const Symbol& symbol = model_.symbols[id];
    const Tristate selected = settled(symbol.type, pulled(symbol.selected_by));
    Tristate found = Tristate::no;
    if (state.wanted && (state.visible != Tristate::no || symbol.transitional)) {
        found = symbol.transitional ? *state.wanted : std::min(*state.wanted, state.visible);
    } else {
        state.written |= selected != Tristate::no;
        if (const Property* row = in_force(symbol.defaults)) {
            found = std::min(expression(row->value, false), holds(*row));
            state.written |= found != Tristate::no;
        }
        const Tristate implied = settled(symbol.type, pulled(symbol.implied_by));
        if (implied != Tristate::no) {
            state.written = true;
            found = std::min(std::max(found, implied), direct_dependency(symbol));
        }
    }
    state.value = settled(symbol.type, std::max(found, selected));
}

void Calculator::calculate_text(SymbolId id, State& state) {
    const Symbol& symbol = model_.symbols[id];
    if (dialect_ == Dialect::choices_pick && is_number(symbol.type))
        state.text = symbol.type == Type::integer ? "0" : "0x0";
    if (state.wanted_text && (state.visible != Tristate::no || symbol.transitional)) {
        state.text = *state.wanted_text;
        return;
    }
    const Property* row = in_force(symbol.defaults);
    if (row == nullptr || model_.expressions[row->value].op != Operator::symbol) return;
    state.written = true;
    state.text = text(model_.expressions[row->value].left);
}

void Calculator::keep_in_range(SymbolId id, State& state) {
    const Symbol& symbol = model_.symbols[id];
    const Property* range = is_number(symbol.type) ? in_force(symbol.ranges) : nullptr;
    if (range == nullptr) return;
    const int base = base_of(symbol.type, 10);
    const long long number = std::strtoll(state.text.c_str(), nullptr, base);
    if (number < bound(range->symbol, base)) {
        state.text = text(range->symbol);
    } else if (number > bound(range->upper, base)) {
        state.text = text(range->upper);
    }
}

long long Calculator::bound(SymbolId id, int base) {
    return std::strtoll(text(id).c_str(), nullptr, base_of(model_.symbols[id].type, base));
}

bool Calculator::in_range(SymbolId id, const std::string& text) {
    const Symbol& symbol = model_.symbols[id];
    const Property* range = in_force(symbol.ranges);
    if (range == nullptr) return true;
    const int base = base_of(symbol.type, 10);
    const long long number = std::strtoll(text.c_str(), nullptr, base);
    return number >= bound(range->symbol, base) && number <= bound(range->upper, base);
}

/// An old conf forgets at last what the user asked for outside of a range, and takes the default instead.
void Calculator::drop_out_of_range() {
    for (SymbolId id = 0; id < states_.size(); ++id) {
        State& state = states_[id];
        if (!state.wanted_text || !is_number(model_.symbols[id].type)) continue;
        if (in_range(id, *state.wanted_text)) continue;
        state = {};
        calculate(id);
    }
}

DotConfig Calculator::result() const {
    DotConfig config;
    for (SymbolId id = 0; id < states_.size(); ++id) {
        const Symbol& symbol = model_.symbols[id];
        const State& state = states_[id];
        if (!symbol.defined() || !state.written || symbol.transitional) continue;
        if (symbol.logical()) {
            config.set(symbol.name, std::string(to_string(state.value)));
        } else {
            config.set(symbol.name, symbol.type == Type::string ? quote(state.text) : state.text);
        }
    }
    return config;
}

}  // namespace rpikit::kconfig
