#pragma once

#include "sdk/kconfig/lexer.hpp"
#include "sdk/kconfig/model.hpp"

namespace rpikit::kconfig {

/// Reads the tokens of one line from left to right.
class LineParser {
  public:
    LineParser(const Line& line, Location where, Model& model)
        : tokens_(line.tokens), where_(std::move(where)), model_(model) {}

    bool at_end() const { return at_ >= tokens_.size(); }
    /// Takes the next token if it is this keyword.
    bool keyword(std::string_view word);
    /// Whether the token taken last is this keyword.
    bool taken(std::string_view word) const { return at_ > 0 && tokens_[at_ - 1].is_keyword(word); }
    bool next_is_quoted() const { return !at_end() && tokens_[at_].kind == Token::Kind::quoted; }
    Result<std::string> quoted();
    /// A symbol's name, unquoted.
    Result<SymbolId> name();
    /// A symbol's name or a constant.
    Result<SymbolId> operand();
    Result<ExpressionId> expression();
    /// What follows "if", or `always` at the end of the line; then the line must end.
    Result<ExpressionId> condition();
    /// Fails unless the whole line was read.
    Result<> end() const;
    std::unexpected<Error> failure(std::string message) const;

  private:
    bool sign(std::string_view text);
    Result<ExpressionId> disjunction();
    Result<ExpressionId> conjunction();
    Result<ExpressionId> negation();
    Result<ExpressionId> comparison();

    const std::vector<Token>& tokens_;
    std::size_t at_ = 0;
    int nesting_ = 0;
    Location where_;
    Model& model_;
};

}  // namespace rpikit::kconfig
