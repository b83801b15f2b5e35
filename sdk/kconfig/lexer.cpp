#include "sdk/kconfig/lexer.hpp"

#include <algorithm>
#include <array>

namespace rpikit::kconfig {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// The longer ones first.
constexpr std::array<std::string_view, 11> signs = {"&&", "||", "!=", "<=", ">=", "=",
                                                    "<",  ">",  "!",  "(",  ")"};

}  // namespace

Result<const Line*> Lexer::peek() {
    while (!ready_ || line_.tokens.empty()) {
        TRY_ASSIGN(const bool more, read_line());
        if (!more) return nullptr;
        ready_ = true;
    }
    return &line_;
}

Result<bool> Lexer::read_line() {
    if (at_ >= text_.size()) return false;
    line_ = {.number = number_};
    while (true) {
        TRY_ASSIGN(const bool more, read_token());
        if (!more) break;
        if (line_.tokens.size() == 1 && read_assignment()) break;
    }
    if (at_ < text_.size()) ++at_;  // the newline
    ++number_;
    return true;
}

/// False at the end of the line.
Result<bool> Lexer::read_token() {
    while (!at_line_end()) {
        const char c = text_[at_];
        if (c == '#') {
            at_ += rest().size();
        } else if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') {
            at_ += 2;
            ++number_;
        } else if (c == '"' || c == '\'') {
            ++at_;
            TRY(read_string(c));
            return true;
        } else if (is_word(c) || c == '$') {
            const auto count = line_.tokens.size();
            TRY(read_word());
            if (line_.tokens.size() > count) return true;  // a macro may expand to nothing
        } else if (read_sign()) {
            return true;
        } else {
            ++at_;  // blanks, and characters that Kconfig ignores
        }
    }
    return false;
}

bool Lexer::read_sign() {
    const auto found = std::ranges::find_if(
        signs, [&](std::string_view sign) { return text_.substr(at_).starts_with(sign); });
    if (found == signs.end()) return false;
    at_ += found->size();
    line_.tokens.push_back({.kind = Token::Kind::sign, .text = std::string(*found)});
    return true;
}

Result<std::string> Lexer::read_reference() {
    std::size_t used = 1;  // the "$"
    TRY_ASSIGN(std::string value, macros_.expand_reference(rest(), used, here()));
    at_ += used;
    return value;
}

Result<> Lexer::read_word() {
    Token token;
    while (!at_line_end()) {
        if (text_[at_] == '$') {
            TRY_ASSIGN(const std::string value, read_reference());
            token.text += value;
            token.expanded = true;
        } else if (is_word(text_[at_])) {
            const auto start = at_;
            while (at_ < text_.size() && is_word(text_[at_]))
                ++at_;
            token.text += text_.substr(start, at_ - start);
        } else {
            break;
        }
    }
    if (!token.text.empty()) line_.tokens.push_back(std::move(token));
    return {};
}

/// A string that its line does not close ends with the line, as in the kernel's own reader.
Result<> Lexer::read_string(char quote) {
    Token token{.kind = Token::Kind::quoted};
    while (!at_line_end()) {
        const char c = text_[at_];
        if (c == '$') {
            TRY_ASSIGN(const std::string value, read_reference());
            token.text += value;
            continue;
        }
        ++at_;
        if (c == quote) break;
        if (c != '\\') {
            token.text += c;
        } else if (!at_line_end()) {
            token.text += text_[at_++];
        }
    }
    line_.tokens.push_back(std::move(token));
    return {};
}

/// After a line's first word: takes the rest as a macro's value when an assignment operator follows.
bool Lexer::read_assignment() {
    static const std::array<std::pair<std::string_view, Macros::Assignment>, 3> operators = {
        {{":=", Macros::Assignment::simple},
         {"+=", Macros::Assignment::append},
         {"=", Macros::Assignment::recursive}}};
    if (line_.tokens[0].kind != Token::Kind::word) return false;
    std::size_t at = at_;
    while (at < text_.size() && is_blank(text_[at]))
        ++at;
    const auto found = std::ranges::find_if(
        operators, [&](const auto& row) { return text_.substr(at).starts_with(row.first); });
    if (found == operators.end()) return false;
    at_ = at + found->first.size();
    while (at_ < text_.size() && is_blank(text_[at_]))
        ++at_;
    std::string_view value = rest();
    at_ += value.size();
    if (value.ends_with('\r')) value.remove_suffix(1);
    line_.tokens.push_back({.kind = Token::Kind::quoted, .text = std::string(value)});
    line_.assignment = found->second;
    return true;
}

/// The text goes on until a line that is indented less than its first one; an unindented line right behind
/// "help" belongs to it still (so does the kernel's own reader).
void Lexer::skip_help() {
    int indentation = 0;
    while (at_ < text_.size()) {
        const std::string_view line = rest();
        int column = 0;
        std::size_t start = 0;
        for (; start < line.size() && is_blank(line[start]); ++start) {
            column = line[start] == '\t' ? (column / 8 + 1) * 8 : column + 1;
        }
        const bool blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
        if (!blank) {
            if (start > 0 && column < indentation) return;
            if (indentation == 0) indentation = column;
        }
        at_ = std::min(at_ + line.size() + 1, text_.size());
        ++number_;
        if (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '\n' && text_[at_] != '\r') return;
    }
}

}  // namespace rpikit::kconfig
