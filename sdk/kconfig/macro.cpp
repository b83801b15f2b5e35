#include "sdk/kconfig/macro.hpp"

#include <algorithm>
#include <array>

#include "sdk/kconfig/plain_command.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kconfig {

namespace {

// Far above what a kernel needs; they keep a hostile file from eating stack, time and memory.
constexpr int depth_limit = 200;
constexpr std::size_t work_limit = std::size_t{1} << 20;
constexpr std::size_t argument_limit = 16;  // as in the kernel's own

struct Function {
    std::string_view name;
    std::size_t arguments;
};
constexpr std::array<Function, 6> functions = {
    {{"error-if", 2}, {"filename", 0}, {"info", 1}, {"lineno", 0}, {"shell", 1}, {"warning-if", 2}}};

/// Splits at the commas outside of brackets.
std::vector<std::string_view> split_arguments(std::string_view clause) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    int nesting = 0;
    for (std::size_t at = 0; at < clause.size(); ++at) {
        if (clause[at] == '(') ++nesting;
        if (clause[at] == ')') --nesting;
        if (clause[at] == ',' && nesting == 0) {
            parts.push_back(clause.substr(start, at - start));
            start = at + 1;
        }
    }
    parts.push_back(clause.substr(start));
    return parts;
}

/// Where the bracket that is open at the start of `text` closes, or npos.
std::size_t closing_bracket(std::string_view text, std::size_t at) {
    for (int nesting = 0; at < text.size(); ++at) {
        if (text[at] == '(') ++nesting;
        if (text[at] == ')' && nesting-- == 0) return at;
    }
    return std::string_view::npos;
}

/// What $(shell) makes of an output: no trailing newlines, the others blanks.
std::string one_line(std::string text) {
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    std::ranges::replace(text, '\n', ' ');
    std::erase_if(text, [](char c) { return ShellCalls::reserved.find(c) != std::string_view::npos; });
    return text;
}

/// Replaces each marker begin..end by what `with` gives for its number.
template <class Replacement>
Result<std::string> replace_markers(std::string_view text, char begin, char end, Replacement with) {
    std::string result;
    while (true) {
        const auto start = text.find(begin);
        result += text.substr(0, start);
        if (start == std::string_view::npos) return result;
        const auto stop = text.find(end, start);
        const auto index = parse_number(text.substr(start + 1, stop - start - 1));
        if (stop == std::string_view::npos || !index) return fail({.message = "broken marker of a command"});
        TRY_ASSIGN(const std::string part, with(static_cast<std::size_t>(*index)));
        result += part;
        text.remove_prefix(stop + 1);
    }
}

}  // namespace

std::string ShellCalls::defer(std::string command) {
    const auto [row, fresh] = known_.try_emplace(command, calls_.size());
    if (fresh) calls_.push_back({std::move(command)});
    return begin + std::to_string(row->second) + end;
}

Result<std::string> ShellCalls::output(std::size_t index) {
    if (index >= calls_.size()) return fail({.message = "no such command"});
    if (!calls_[index].done) {
        TRY_ASSIGN(const std::string command, resolve(calls_[index].command));
        auto known = plain_output(command);
        if (!known) known = memory_.recall(command);
        if (!known) {
            TRY_ASSIGN(std::string output, shell_(command));
            known = one_line(std::move(output));
            memory_.remember(command, *known);
        }
        calls_[index].output = *std::move(known);
        calls_[index].done = true;
    }
    return calls_[index].output;
}

void ShellCalls::save() {
    if (!memory_.changed()) return;
    const auto control = shell_(memory_.control());
    if (control && one_line(*control) == "y") memory_.save();
}

Result<std::string> ShellCalls::resolve(std::string_view text) {
    return replace_markers(text, begin, end, [this](std::size_t index) { return output(index); });
}

std::string ShellCalls::show(std::string_view text) const {
    const auto shown = replace_markers(text, begin, end, [this](std::size_t index) -> Result<std::string> {
        return index < calls_.size() ? "$(shell," + show(calls_[index].command) + ")" : "";
    });
    return shown.value_or("");
}

std::unexpected<Error> Macros::failure(std::string message) const {
    return fail({.message = std::move(message), .where = where_});
}

Result<> Macros::assign(const std::string& name, Assignment kind, std::string_view value,
                        const Location& where) {
    where_ = where;
    depth_ = 0;
    work_ = 0;
    const auto known = variables_.find(name);
    const bool append = kind == Assignment::append && known != variables_.end();
    const bool simple = append ? known->second.simple : kind == Assignment::simple;
    std::string text(value);
    if (simple) {
        TRY_ASSIGN(text, expand(value, {}));
    }
    Variable& variable = variables_[name];
    if (append) text = variable.value + " " + text;
    if (text.size() > work_limit) return failure("the macro '" + name + "' is too long");
    variable.value = std::move(text);
    variable.simple = simple;
    return {};
}

Result<std::string> Macros::expand_reference(std::string_view text, std::size_t& at, const Location& where) {
    where_ = where;
    depth_ = 0;
    work_ = 0;
    return reference(text, at, {});
}

Result<std::string> Macros::reference(std::string_view text, std::size_t& at, const Arguments& arguments) {
    if (at >= text.size() || text[at] != '(') return "$";
    const auto close = closing_bracket(text, at + 1);
    if (close == std::string_view::npos) {
        return failure("unterminated reference to '" + std::string(text.substr(at + 1, 60)) +
                       "': missing ')'");
    }
    const auto clause = text.substr(at + 1, close - at - 1);
    at = close + 1;
    if (++depth_ > depth_limit) return failure("macros are nested too deeply");
    TRY_ASSIGN(std::string result, call(clause, arguments));
    --depth_;
    work_ += result.size() + 1;
    if (work_ > work_limit) return failure("a macro expands to too much text");
    return result;
}

Result<std::string> Macros::expand(std::string_view text, const Arguments& arguments) {
    std::string result;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto dollar = std::min(text.find('$', at), text.size());
        result += text.substr(at, dollar - at);
        if (dollar == text.size()) break;
        at = dollar + 1;
        TRY_ASSIGN(const std::string part, reference(text, at, arguments));
        result += part;
        if (result.size() > work_limit) return failure("a macro expands to too much text");
    }
    return result;
}

Result<std::string> Macros::call(std::string_view clause, const Arguments& arguments) {
    const auto number = parse_number(clause);
    if (number && *number > 0 && *number <= arguments.size()) return arguments[*number - 1];
    const auto parts = split_arguments(clause);
    if (parts.size() > argument_limit) return failure("too many function arguments");
    TRY_ASSIGN(std::string name, expand(parts.front(), arguments));
    Arguments values;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        TRY_ASSIGN(std::string value, expand(parts[i], arguments));
        values.push_back(std::move(value));
    }
    if (ShellCalls::deferred(name)) {
        TRY_ASSIGN(name, shell_.resolve(name));
    }
    if (const auto found = variables_.find(name); found != variables_.end()) {
        return variable(found->second, name, values);
    }
    if (std::ranges::find(functions, name, &Function::name) != functions.end()) return builtin(name, values);
    if (!values.empty()) return "";
    std::string value = environment_.get(name).value_or("");
    std::erase_if(value, [](char c) { return ShellCalls::reserved.find(c) != std::string_view::npos; });
    return value;
}

Result<std::string> Macros::variable(Variable& variable, const std::string& name,
                                     const Arguments& arguments) {
    if (variable.simple) return variable.value;
    if (arguments.empty() && variable.active > 0) {
        return failure("recursive variable '" + name + "' references itself (eventually)");
    }
    ++variable.active;
    auto result = expand(variable.value, arguments);
    --variable.active;
    return result;
}

Result<std::string> Macros::builtin(const std::string& name, const Arguments& arguments) {
    const auto function = std::ranges::find(functions, name, &Function::name);
    if (arguments.size() != function->arguments) {
        return failure(std::string(arguments.size() < function->arguments ? "too few" : "too many") +
                       " arguments passed to the function '" + name + "'");
    }
    if (name == "shell") return shell_.defer(arguments[0]);
    if (name == "filename") return where_.file.string();
    if (name == "lineno") return std::to_string(where_.line);
    if (name == "error-if" && arguments[0] == "y") return failure(shell_.show(arguments[1]));
    if (name == "error-if" && ShellCalls::deferred(arguments[0]))
        checks_.push_back({arguments[0], arguments[1], where_});
    return "";  // info, warning-if: the kernel's own conf says it
}

}  // namespace rpikit::kconfig
