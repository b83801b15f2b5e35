#include "sdk/kconfig/model.hpp"

#include <algorithm>
#include <array>

#include "sdk/kconfig/macro.hpp"

namespace rpikit::kconfig {

namespace {

/// Long conditions are cut here; what comes first is what people look for.
constexpr std::size_t text_limit = 160;

constexpr std::array<std::string_view, 10> signs = {"",     "!",   " && ", " || ", " = ",
                                                    " != ", " < ", " <= ", " > ",  " >= "};

std::string_view sign(Operator op) {
    return signs.at(static_cast<std::size_t>(op));
}

class Printer {
  public:
    explicit Printer(const Model& model) : model_(model) {}

    std::string print(ExpressionId id) {
        write(id, Operator::disjunction);
        if (text_.size() > text_limit) text_ = text_.substr(0, text_limit) + "...";
        return std::move(text_);
    }

  private:
    void write_symbol(SymbolId id) {
        const Symbol& symbol = model_.symbols[id];
        const bool plain = !symbol.constant || id <= constant_yes || ShellCalls::deferred(symbol.name);
        text_ += plain ? symbol.name : '"' + symbol.name + '"';
    }

    /// \param outer operator of the enclosing expression: && binds stronger than ||
    void write(ExpressionId id, Operator outer) {
        if (text_.size() > text_limit) return;
        const Expression& node = model_.expressions[id];
        if (node.op == Operator::symbol) return write_symbol(node.left);
        if (node.op == Operator::negation) {
            text_ += '!';
            return write(node.left, Operator::negation);
        }
        if (node.op == Operator::conjunction || node.op == Operator::disjunction) {
            const bool brackets = node.op != outer && outer != Operator::disjunction;
            if (brackets) text_ += '(';
            write(node.left, node.op);
            text_ += sign(node.op);
            write(node.right, node.op);
            if (brackets) text_ += ')';
            return;
        }
        write_symbol(node.left);
        text_ += sign(node.op);
        write_symbol(node.right);
    }

    const Model& model_;
    std::string text_;
};

}  // namespace

Model::Model() : entries(1) {
    for (const char* name : {"n", "m", "y"}) {
        const auto id = static_cast<SymbolId>(symbols.size());
        symbols.push_back({.name = name, .type = Type::tristate, .constant = true});
        names_.emplace(name, id);
        constants_.emplace(name, id);
    }
    leaf(constant_yes);
}

SymbolId Model::symbol(std::string_view name, bool constant) {
    auto& table = constant ? constants_ : names_;
    if (const auto found = table.find(name); found != table.end()) return found->second;
    const auto id = static_cast<SymbolId>(symbols.size());
    symbols.push_back({.name = std::string(name), .constant = constant});
    table.emplace(name, id);
    return id;
}

const Symbol* Model::find(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &symbols[found->second];
}

ExpressionId Model::add(Expression expression) {
    expressions.push_back(expression);
    return static_cast<ExpressionId>(expressions.size() - 1);
}

ExpressionId Model::both(ExpressionId left, ExpressionId right) {
    if (left == always) return right;
    return right == always ? left : add({Operator::conjunction, left, right});
}

EntryId Model::choice_of(const Symbol& symbol) const {
    if (symbol.prompts.empty()) return root_entry;
    EntryId at = entries[symbol.prompts.front().entry].parent;
    while (at != root_entry && entries[at].kind == EntryKind::condition)
        at = entries[at].parent;
    return entries[at].kind == EntryKind::choice ? at : root_entry;
}

std::vector<Clause> Model::clauses(const Property& property, bool visibility) const {
    std::vector<Clause> found;  // innermost first
    if (property.condition.expression != always) found.push_back(property.condition);
    for (EntryId at = property.entry; at != root_entry; at = entries[at].parent) {
        found.insert(found.end(), entries[at].depends.rbegin(), entries[at].depends.rend());
        if (visibility) found.insert(found.end(), entries[at].visible.rbegin(), entries[at].visible.rend());
    }
    std::ranges::reverse(found);
    return found;
}

Place Model::place_of(const Symbol& symbol) const {
    return entries[symbol.prompts.empty() ? symbol.entries.front() : symbol.prompts.front().entry].place;
}

std::string Model::to_string(Place place) const {
    return files[place.file] + ":" + std::to_string(place.line);
}

std::string Model::to_string(ExpressionId expression) const {
    return Printer(*this).print(expression);
}

}  // namespace rpikit::kconfig
