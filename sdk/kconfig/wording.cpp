#include "sdk/kconfig/wording.hpp"

#include <algorithm>

namespace rpikit::kconfig {

namespace {

constexpr std::size_t text_limit = 240;  // characters

}  // namespace

std::string Wording::place(const Symbol& symbol) const {
    return model_.to_string(model_.place_of(symbol));
}

std::string Wording::written(ExpressionId expression) const {
    std::string text = shell_.show(model_.to_string(expression));
    return text.size() <= text_limit ? text : text.substr(0, text_limit) + "...";
}

std::string Wording::symbol(SymbolId id) const {
    const Symbol& named = model_.symbols[id];
    if (named.constant) {
        return ShellCalls::deferred(named.name) ? "the check says \"" + values_.text(id) + "\""
                                                : "this is always " + named.name;
    }
    if (!named.defined()) return named.name + " is not defined for this architecture";
    const std::string text = values_.text(id);
    return named.name + " is " + (text.empty() ? "not set" : text) + " (" + place(named) + ")";
}

std::string Wording::part(ExpressionId leaf) const {
    const Expression& node = model_.expressions[leaf];
    if (node.op == Operator::symbol) return symbol(node.left);
    if (node.op == Operator::negation) {
        const Expression& inner = model_.expressions[node.left];
        return inner.op == Operator::symbol ? symbol(inner.left) : written(node.left) + " holds";
    }
    return symbol(model_.symbols[node.left].constant ? node.right : node.left);
}

std::vector<ExpressionId> Wording::leaves(ExpressionId expression, Tristate need) const {
    if (values_.value(expression) >= need) return {};
    const Expression& node = model_.expressions[expression];
    if (node.op != Operator::conjunction && node.op != Operator::disjunction) return {expression};
    auto found = leaves(node.left, need);
    const auto more = leaves(node.right, need);
    found.insert(found.end(), more.begin(), more.end());
    return found;
}

bool Wording::hopeless(ExpressionId leaf) const {
    const Expression& node = model_.expressions[leaf];
    if (node.op != Operator::symbol) return false;
    const Symbol& symbol = model_.symbols[node.left];
    return symbol.name == "COMPILE_TEST" || (!symbol.constant && !symbol.defined());
}

std::vector<std::string> Wording::unmet_parts(ExpressionId expression, Tristate need) const {
    auto found = leaves(expression, need);
    const auto is_hopeless = [this](ExpressionId leaf) { return hopeless(leaf); };
    if (!std::ranges::all_of(found, is_hopeless)) std::erase_if(found, is_hopeless);
    std::vector<std::string> parts;
    for (const ExpressionId leaf : found) {
        auto text = part(leaf);
        if (std::ranges::find(parts, text) == parts.end()) parts.push_back(std::move(text));
    }
    return parts;
}

}  // namespace rpikit::kconfig
