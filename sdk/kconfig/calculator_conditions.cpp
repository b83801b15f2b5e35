#include <algorithm>

#include "sdk/kconfig/calculator.hpp"
#include "sdk/kconfig/comparison.hpp"
#include "sdk/kconfig/evaluate.hpp"

namespace rpikit::kconfig {

/// A bool cannot be m, and without modules nothing can: m is y there.
Tristate Calculator::settled(Type type, Tristate value) const {
    const bool can_be_module = type == Type::tristate && modules_ != Tristate::no;
    return value == Tristate::module && !can_be_module ? Tristate::yes : value;
}

Tristate Calculator::visibility(const std::vector<Property>& prompts) {
    Tristate found = Tristate::no;
    for (const Property& prompt : prompts)
        found = std::max(found, std::min(holds(prompt), shown(model_.entries[prompt.entry].parent)));
    return found;
}

Tristate Calculator::depends(EntryId id) {
    if (id == root_entry) return Tristate::yes;
    if (depends_[id]) return *depends_[id];
    const Entry& entry = model_.entries[id];
    const Entry& outer = model_.entries[entry.parent];
    const bool by_value = outer.kind == EntryKind::choice && dialect_ == Dialect::choices_have_values;
    Tristate found = by_value ? choices_[outer.choice].value : depends(entry.parent);
    for (const Clause& clause : entry.depends) {
        if (found != Tristate::no) found = std::min(found, expression(clause.expression, true));
    }
    depends_[id] = found;
    return found;
}

Tristate Calculator::shown(EntryId id) {
    if (id == root_entry) return Tristate::yes;
    if (shown_[id]) return *shown_[id];
    Tristate found = shown(model_.entries[id].parent);
    for (const Clause& clause : model_.entries[id].visible)
        found = std::min(found, expression(clause.expression, true));
    shown_[id] = found;
    return found;
}

Tristate Calculator::holds(const Property& property) {
    const Tristate around = depends(property.entry);
    return around == Tristate::no ? around
                                  : std::min(around, expression(property.condition.expression, true));
}

const Property* Calculator::in_force(const std::vector<Property>& properties) {
    const auto found =
        std::ranges::find_if(properties, [&](const Property& each) { return holds(each) != Tristate::no; });
    return found == properties.end() ? nullptr : &*found;
}

Tristate Calculator::pulled(const std::vector<Property>& by) {
    Tristate found = Tristate::no;
    for (const Property& each : by) {
        if (value(each.symbol) > found) found = std::max(found, std::min(value(each.symbol), holds(each)));
    }
    return found;
}

/// What the definitions depend on, any of them. One without any dependency does not count beside others, as
/// in the kernel's own conf.
Tristate Calculator::direct_dependency(const Symbol& symbol) {
    const auto is_free = [this](EntryId at) {
        while (at != root_entry && model_.entries[at].depends.empty())
            at = model_.entries[at].parent;
        return at == root_entry;
    };
    Tristate found = Tristate::no;
    bool any = false;
    for (const EntryId entry : symbol.entries) {
        if (is_free(entry)) continue;
        any = true;
        found = std::max(found, depends(entry));
    }
    return any ? settled(symbol.type, found) : Tristate::yes;
}

Tristate Calculator::expression(ExpressionId id, bool condition) {
    const Expression& node = model_.expressions[id];
    switch (node.op) {
        case Operator::symbol:
            if (condition && node.left == constant_module) return std::min(Tristate::module, modules_);
            return value(node.left);
        case Operator::negation:
            return static_cast<Tristate>(2 - static_cast<int>(expression(node.left, condition)));
        case Operator::conjunction: {
            // What cannot change the value is not looked at: it may be a compiler to be started.
            const Tristate left = expression(node.left, condition);
            return left == Tristate::no ? left : std::min(left, expression(node.right, condition));
        }
        case Operator::disjunction: {
            const Tristate left = expression(node.left, condition);
            return left == Tristate::yes ? left : std::max(left, expression(node.right, condition));
        }
        default:
            return compare(node) ? Tristate::yes : Tristate::no;
    }
}

Tristate Calculator::value(SymbolId id) {
    if (id <= constant_yes) return static_cast<Tristate>(id);
    const Symbol& symbol = model_.symbols[id];
    if (symbol.constant) return to_tristate(text(id));
    if (!symbol.logical()) return Tristate::no;
    return states_[id].value;
}

std::string Calculator::text(SymbolId id) {
    const Symbol& symbol = model_.symbols[id];
    if (symbol.constant && ShellCalls::deferred(symbol.name)) {
        auto said = shell_.resolve(symbol.name);
        if (said) return *std::move(said);
        if (!failed_) failed_ = std::move(said).error();
        return "";
    }
    if (symbol.constant || !symbol.defined() || symbol.type == Type::unknown) return symbol.name;
    // Only the ends of ranges can be behind what asks for them, where ranges name each other in a circle.
    State& state = states_[id];
    if (!state.valid && depth_ < depth_limit) {
        ++depth_;
        calculate(id);
        --depth_;
    }
    return symbol.logical() ? std::string(to_string(state.value)) : state.text;
}

bool Calculator::compare(const Expression& comparison) {
    const auto operand = [this](SymbolId id) -> Operand {
        Operand found{model_.symbols[id].type, text(id)};
        // What a macro expanded to y, m or n is the constant of that name.
        if (model_.symbols[id].constant && (found.text == "y" || found.text == "m" || found.text == "n"))
            found.type = Type::tristate;
        return found;
    };
    return kconfig::compare(comparison.op, operand(comparison.left), operand(comparison.right));
}

}  // namespace rpikit::kconfig
