#include "sdk/kconfig/evaluate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "sdk/kconfig/comparison.hpp"

namespace rpikit::kconfig {

namespace {

constexpr std::array<std::string_view, 3> names = {"n", "m", "y"};

/// The whole text as a number of that base, or nothing.
std::optional<long long> whole_number(std::string_view text, int base) {
    if (base == 16 && (text.starts_with("0x") || text.starts_with("0X"))) text.remove_prefix(2);
    long long number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return number;
}

}  // namespace

std::string_view to_string(Tristate value) {
    return names.at(static_cast<std::size_t>(value));
}

Tristate to_tristate(std::string_view value) {
    if (value == "y") return Tristate::yes;
    return value == "m" ? Tristate::module : Tristate::no;
}

bool valid_value(Type type, std::string_view value) {
    switch (type) {
        case Type::boolean:
            return value == "y" || value == "n";
        case Type::tristate:
            return value == "y" || value == "m" || value == "n";
        case Type::integer:
            return whole_number(value, 10).has_value();
        case Type::hexadecimal:
            return whole_number(value, 16).has_value();
        case Type::string:
            return value.starts_with('"');
        default:
            return false;
    }
}

bool Evaluator::modules() const {
    return model_.modules != 0 && config_.value(model_.symbols[model_.modules].name) == "y";
}

std::string Evaluator::text(SymbolId id) const {
    const Symbol& symbol = model_.symbols[id];
    if (symbol.constant) return shell_.resolve(symbol.name).value_or("");
    if (!symbol.defined()) return symbol.name;
    const std::string& value = config_.value(symbol.name);
    if (symbol.logical()) return value;
    // Not written means without a value: "n" is only how a .config says that.
    return value == "n" ? "" : unquote(value);
}

Tristate Evaluator::symbol_value(SymbolId id) const {
    // "m" stands for "m && MODULES".
    if (id == constant_module && !modules()) return Tristate::no;
    const Symbol& symbol = model_.symbols[id];
    if (!symbol.constant && !symbol.logical()) return Tristate::no;
    return to_tristate(text(id));
}

bool Evaluator::compare(const Expression& comparison) const {
    return kconfig::compare(comparison.op, {model_.symbols[comparison.left].type, text(comparison.left)},
                            {model_.symbols[comparison.right].type, text(comparison.right)});
}

Tristate Evaluator::value(ExpressionId id) const {
    const Expression& node = model_.expressions[id];
    switch (node.op) {
        case Operator::symbol:
            return symbol_value(node.left);
        case Operator::negation:
            return static_cast<Tristate>(2 - static_cast<int>(value(node.left)));
        case Operator::conjunction:
            return std::min(value(node.left), value(node.right));
        case Operator::disjunction:
            return std::max(value(node.left), value(node.right));
        default:
            return compare(node) ? Tristate::yes : Tristate::no;
    }
}

}  // namespace rpikit::kconfig
