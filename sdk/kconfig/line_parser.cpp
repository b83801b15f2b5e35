#include "sdk/kconfig/line_parser.hpp"

#include <algorithm>
#include <array>

namespace rpikit::kconfig {

namespace {

// Far above what a kernel needs; they bound the recursion over an expression.
constexpr int nesting_limit = 100;
constexpr std::size_t token_limit = 1000;

constexpr std::array<std::pair<std::string_view, Operator>, 6> comparisons = {
    {{"=", Operator::equal},
     {"!=", Operator::unequal},
     {"<=", Operator::less_equal},
     {">=", Operator::greater_equal},
     {"<", Operator::less},
     {">", Operator::greater}}};

constexpr std::array<std::string_view, 28> keywords = {
    "bool",    "choice",    "comment",  "config",  "def_bool",   "def_tristate", "default",
    "depends", "endchoice", "endif",    "endmenu", "help",       "hex",          "if",
    "imply",   "int",       "mainmenu", "menu",    "menuconfig", "modules",      "on",
    "prompt",  "range",     "select",   "source",  "string",     "tristate",     "visible"};

bool is_reserved(const Token& token) {
    return !token.expanded && std::ranges::find(keywords, token.text) != keywords.end();
}

}  // namespace

std::unexpected<Error> LineParser::failure(std::string message) const {
    return fail({.message = std::move(message), .where = where_});
}

bool LineParser::keyword(std::string_view word) {
    if (at_end() || !tokens_[at_].is_keyword(word)) return false;
    ++at_;
    return true;
}

bool LineParser::sign(std::string_view text) {
    if (at_end() || !tokens_[at_].is_sign(text)) return false;
    ++at_;
    return true;
}

Result<std::string> LineParser::quoted() {
    if (!next_is_quoted()) return failure("a text in quotes is expected");
    return tokens_[at_++].text;
}

Result<SymbolId> LineParser::name() {
    if (at_end() || tokens_[at_].kind != Token::Kind::word || is_reserved(tokens_[at_])) {
        return failure(at_end() ? "a symbol's name is missing"
                                : "a symbol's name is expected, not '" + tokens_[at_].text + "'");
    }
    const Token& token = tokens_[at_++];
    return model_.symbol(token.text, ShellCalls::deferred(token.text));
}

Result<SymbolId> LineParser::operand() {
    if (next_is_quoted()) return model_.symbol(tokens_[at_++].text, true);
    return name();
}

Result<ExpressionId> LineParser::expression() {
    if (tokens_.size() > token_limit) return failure("the expression is too long");
    return disjunction();
}

Result<ExpressionId> LineParser::disjunction() {
    TRY_ASSIGN(ExpressionId left, conjunction());
    while (sign("||")) {
        TRY_ASSIGN(const ExpressionId right, conjunction());
        left = model_.add({Operator::disjunction, left, right});
    }
    return left;
}

Result<ExpressionId> LineParser::conjunction() {
    TRY_ASSIGN(ExpressionId left, negation());
    while (sign("&&")) {
        TRY_ASSIGN(const ExpressionId right, negation());
        left = model_.add({Operator::conjunction, left, right});
    }
    return left;
}

Result<ExpressionId> LineParser::negation() {
    if (++nesting_ > nesting_limit) return failure("the expression is nested too deeply");
    Result<ExpressionId> result = ExpressionId{};
    if (sign("!")) {
        result = negation();
        if (result) result = model_.add({Operator::negation, *result, 0});
    } else if (sign("(")) {
        result = disjunction();
        if (result && !sign(")")) return failure("')' is missing");
    } else {
        result = comparison();
    }
    --nesting_;
    return result;
}

Result<ExpressionId> LineParser::comparison() {
    TRY_ASSIGN(const SymbolId left, operand());
    for (const auto& [text, op] : comparisons) {
        if (!sign(text)) continue;
        TRY_ASSIGN(const SymbolId right, operand());
        return model_.add({op, left, right});
    }
    return model_.leaf(left);
}

Result<ExpressionId> LineParser::condition() {
    ExpressionId result = always;
    if (keyword("if")) {
        TRY_ASSIGN(result, expression());
    }
    TRY(end());
    return result;
}

Result<> LineParser::end() const {
    if (at_end()) return {};
    return failure("unexpected '" + tokens_[at_].text + "'");
}

}  // namespace rpikit::kconfig
