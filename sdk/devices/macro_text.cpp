#include "sdk/devices/macro_text.hpp"

#include <algorithm>
#include <charconv>

#include "sdk/devices/c_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::devices {

namespace {

constexpr std::size_t deepest = 16;                    // macros in macros
constexpr std::size_t longest = std::size_t{4} << 20;  // of an expanded table; the longest has 300 KiB
constexpr int deepest_expression = 32;

}  // namespace

void MacroText::read(std::string_view text) {
    constexpr std::string_view mark = "define";
    for (auto at = find_fast(text, mark, 0); at != std::string_view::npos;
         at = find_fast(text, mark, at + mark.size())) {
        auto hash = at;
        while (hash > 0 && (text[hash - 1] == ' ' || text[hash - 1] == '\t'))
            --hash;
        if (hash == 0 || text[hash - 1] != '#') continue;
        std::string line;
        for (auto rest = text.substr(at + mark.size());;) {
            const auto end = std::min(rest.find('\n'), rest.size());
            auto part = rest.substr(0, end);
            if (part.ends_with('\r')) part.remove_suffix(1);
            const bool more = part.ends_with('\\');
            if (more) part.remove_suffix(1);
            line += part;
            line += ' ';
            if (!more || end == rest.size()) break;
            rest.remove_prefix(end + 1);
        }
        define(line);
    }
}

void MacroText::define(std::string_view line) {
    const auto at = skip_blanks(line, 0);
    const auto name = identifier_at(line, at);
    if (name.empty()) return;
    Macro macro;
    auto rest = line.substr(at + name.size());
    if (rest.starts_with('(')) {
        const auto end = rest.find(')');
        if (end == std::string_view::npos) return;
        macro.parameters.emplace();
        for (const auto each : arguments(rest.substr(1, end - 1)))
            macro.parameters->emplace_back(each);
        rest.remove_prefix(end + 1);
    }
    macro.body = trim(without_comments(rest));
    macros_.try_emplace(std::string(name), std::move(macro));
}

const MacroText::Macro* MacroText::find(std::string_view name) const {
    if (const auto found = macros_.find(name); found != macros_.end()) return &found->second;
    return base_ == nullptr ? nullptr : base_->find(name);
}

std::string MacroText::substitute(const Macro& macro, const std::vector<std::string>& values) {
    std::string result;
    const std::string_view body = macro.body;
    for (std::size_t at = 0; at < body.size();) {
        if (body.substr(at, 2) == "##") {
            while (result.ends_with(' '))
                result.pop_back();
            at = skip_blanks(body, at + 2);
            continue;
        }
        const auto name = identifier_at(body, at);
        if (name.empty()) {
            result += body[at++];
            continue;
        }
        const auto& parameters = *macro.parameters;
        const auto found = std::ranges::find(parameters, name == "__VA_ARGS__" ? "..." : name);
        const auto index = static_cast<std::size_t>(found - parameters.begin());
        if (found == parameters.end())
            result += name;
        else if (*found == "...") {
            for (auto i = index; i < values.size(); ++i)
                result += (i > index ? "," : "") + values[i];
        } else if (index < values.size())
            result += values[index];
        at += name.size();
    }
    return result;
}

void MacroText::expand(std::string_view text, std::vector<const Macro*>& active, std::string& result) const {
    for (std::size_t at = 0; at < text.size() && result.size() < longest;) {
        if (text[at] == '"') {
            const auto literal = literal_at(text, at);
            const auto size = literal ? literal->size() + 2 : 1;
            result += text.substr(at, size);
            at += size;
            continue;
        }
        const auto name = identifier_at(text, at);
        if (name.empty()) {
            result += text[at++];
            continue;
        }
        at += name.size();
        const Macro* macro = active.size() < deepest ? find(name) : nullptr;
        if (std::ranges::find(active, macro) != active.end()) macro = nullptr;
        const auto open = skip_blanks(text, at);
        const bool call = macro != nullptr && macro->parameters && open < text.size() && text[open] == '(';
        const auto end = call ? closing(text, open) : std::nullopt;
        if (macro == nullptr || (macro->parameters && !end)) {
            result += name;
        } else if (!macro->parameters) {
            active.push_back(macro);
            expand(macro->body, active, result);
            active.pop_back();
        } else {
            std::vector<std::string> values;
            for (const auto value : arguments(text.substr(open + 1, *end - open - 1)))
                values.emplace_back(value);
            active.push_back(macro);
            expand(substitute(*macro, values), active, result);
            active.pop_back();
            at = *end + 1;
        }
    }
}

std::string MacroText::expand(std::string_view text) const {
    std::string result;
    std::vector<const Macro*> active;
    expand(text, active, result);
    return result;
}

namespace {

/// Recursive descent over C's constant expressions, as far as id tables have them.
class Expression {
  public:
    explicit Expression(std::string_view text) : text_(text) {}

    std::optional<unsigned long long> whole() {
        const auto value = sum(0);
        return peek() == '\0' ? value : std::nullopt;
    }

  private:
    char peek() {
        at_ = skip_blanks(text_, at_);
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    std::optional<unsigned long long> sum(int depth) {
        auto left = unary(depth);
        while (left) {
            const char op = peek();
            const bool shift = (op == '<' || op == '>') && text_.substr(at_ + 1, 1) == std::string(1, op);
            if (op != '|' && op != '&' && op != '+' && !shift) return left;
            at_ += shift ? 2 : 1;
            const auto right = unary(depth);
            if (!right || (shift && *right > 63)) return std::nullopt;
            if (op == '|') *left |= *right;
            if (op == '&') *left &= *right;
            if (op == '+') *left += *right;
            if (op == '<') *left <<= *right;
            if (op == '>') *left >>= *right;
        }
        return left;
    }

    std::optional<unsigned long long> unary(int depth) {
        if (depth > deepest_expression) return std::nullopt;
        const char c = peek();
        if (c == '~' || c == '-') {
            ++at_;
            const auto value = unary(depth + 1);
            if (!value) return value;
            return c == '~' ? ~*value : 0 - *value;
        }
        if (c != '(') return number();
        ++at_;
        const auto begin = at_;
        const auto inside = sum(depth + 1);
        if (inside && peek() == ')') {
            ++at_;
            return inside;
        }
        // A cast: "(__u32)".
        at_ = begin;
        while (is_word(peek()))
            at_ += identifier_at(text_, at_).size();
        if (peek() != ')') return std::nullopt;
        ++at_;
        return unary(depth + 1);
    }

    std::optional<unsigned long long> number() {
        auto word = identifier_at(text_, at_);
        at_ += word.size();
        while (!word.empty() && std::string_view("uUlL").contains(word.back()))
            word.remove_suffix(1);
        int base = 10;
        if (word.starts_with("0x") || word.starts_with("0X")) {
            base = 16;
            word.remove_prefix(2);
        } else if (word.size() > 1 && word.starts_with('0')) {
            base = 8;
        }
        unsigned long long value = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
        if (error != std::errc{} || end != word.data() + word.size() || word.empty()) return std::nullopt;
        return value;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<unsigned long long> constant_value(std::string_view text) {
    return Expression(text).whole();
}

}  // namespace rpikit::devices
