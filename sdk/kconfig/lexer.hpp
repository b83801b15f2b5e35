#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/kconfig/macro.hpp"

namespace rpikit::kconfig {

struct Token {
    enum class Kind : std::uint8_t { word, quoted, sign };
    Kind kind = Kind::word;
    bool expanded = false;  ///< a word that a macro took part in: never a keyword
    std::string text;       ///< of a sign: "=", "!=", "<", "<=", ">", ">=", "!", "(", ")", "&&", "||"

    bool is_sign(std::string_view sign) const { return kind == Kind::sign && text == sign; }
    bool is_keyword(std::string_view word) const { return kind == Kind::word && !expanded && text == word; }
};

/// One statement's line, with its continuations.
struct Line {
    int number = 0;  ///< of its first line, from 1
    std::vector<Token> tokens = {};
    /// For "NAME = value", ":=" and "+=": the operator; the name is tokens[0] and the value tokens[1], raw.
    std::optional<Macros::Assignment> assignment = {};
};

/// Reads a Kconfig file line by line; comments and blank lines are skipped, macros expanded.
class Lexer {
  public:
    /// \param file its name as people shall see it. `text` and `macros` must outlive the object
    Lexer(std::string_view text, std::filesystem::path file, Macros& macros)
        : text_(text), file_(std::move(file)), macros_(macros) {}

    /// The next line that holds a token, or none at the end. It stays the same until `take`.
    Result<const Line*> peek();
    void take() { ready_ = false; }

    /// Skips a help text; to be called right after the line "help" was taken.
    void skip_help();

    Location location() const { return {.file = file_, .line = line_.number}; }
    const std::filesystem::path& file() const { return file_; }

  private:
    Result<bool> read_line();
    Result<bool> read_token();
    Result<> read_word();
    Result<> read_string(char quote);
    bool read_sign();
    bool read_assignment();
    bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n'; }
    /// The rest of the current line; a macro reference must end on it.
    std::string_view rest() const { return text_.substr(at_, text_.find('\n', at_) - at_); }
    Location here() const { return {.file = file_, .line = number_}; }
    Result<std::string> read_reference();

    std::string_view text_;
    std::filesystem::path file_;
    Macros& macros_;
    std::size_t at_ = 0;
    int number_ = 1;  ///< line at `at_`
    Line line_;
    bool ready_ = false;
};

}  // namespace rpikit::kconfig
