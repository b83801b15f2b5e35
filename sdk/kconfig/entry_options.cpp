#include "sdk/kconfig/entry_options.hpp"

#include <array>

namespace rpikit::kconfig {

namespace {

constexpr std::array<std::pair<std::string_view, Type>, 5> types = {{{"bool", Type::boolean},
                                                                     {"tristate", Type::tristate},
                                                                     {"int", Type::integer},
                                                                     {"hex", Type::hexadecimal},
                                                                     {"string", Type::string}}};

}  // namespace

Result<bool> EntryOptions::depends(LineParser& line) {
    if (!line.keyword("depends")) return false;
    if (!line.keyword("on")) return line.failure("'on' is expected behind 'depends'");
    TRY_ASSIGN(const ExpressionId expression, line.expression());
    TRY(line.end());
    model_.entries[entry_].depends.push_back({expression, place_});
    return true;
}

Result<bool> EntryOptions::menu(LineParser& line) {
    if (!line.keyword("visible")) return depends(line);
    TRY_ASSIGN(const ExpressionId expression, line.condition());
    model_.entries[entry_].visible.push_back({expression, place_});
    return true;
}

Result<bool> EntryOptions::choice(LineParser& line) {
    Choice& choice = model_.choices[model_.entries[entry_].choice];
    if (line.keyword("prompt")) {
        TRY(choice_prompt(line, choice));
    } else if (line.keyword("bool") || line.keyword("tristate")) {
        if (choice.type == Type::unknown) choice.type = line.taken("bool") ? Type::boolean : Type::tristate;
        TRY(line.at_end() ? line.end() : choice_prompt(line, choice));
    } else if (line.keyword("default")) {
        TRY_ASSIGN(const SymbolId member, line.name());
        TRY_ASSIGN(const ExpressionId condition, line.condition());
        choice.defaults.push_back(made(condition));
        choice.defaults.back().symbol = member;
    } else if (line.keyword("optional")) {
        choice.optional = true;
        TRY(line.end());
    } else {
        return depends(line);
    }
    return true;
}

Result<> EntryOptions::choice_prompt(LineParser& line, Choice& choice) {
    TRY_ASSIGN(std::string text, line.quoted());
    TRY_ASSIGN(const ExpressionId condition, line.condition());
    choice.prompts.push_back(made(condition));
    choice.prompts.back().text = text;
    model_.entries[entry_].text = std::move(text);
    return {};
}

Result<bool> EntryOptions::config(LineParser& line, SymbolId symbol) {
    for (const auto& [word, type] : types) {
        if (!line.keyword(word)) continue;
        TRY(set_type(line, symbol, type));
        return true;
    }
    TRY_ASSIGN(const bool taken, property(line, symbol));
    if (taken) return true;
    if (line.keyword("modules")) {
        model_.modules = symbol;
        TRY(line.end());
        return true;
    }
    if (line.keyword("transitional")) {
        model_.symbols[symbol].transitional = true;
        TRY(line.end());
        return true;
    }
    return depends(line);
}

Result<bool> EntryOptions::property(LineParser& line, SymbolId symbol) {
    if (line.keyword("prompt")) {
        TRY(prompt(line, symbol));
    } else if (line.keyword("default")) {
        TRY(add_default(line, symbol));
    } else if (line.keyword("def_bool")) {
        define_type(symbol, Type::boolean);
        TRY(add_default(line, symbol));
    } else if (line.keyword("def_tristate")) {
        define_type(symbol, Type::tristate);
        TRY(add_default(line, symbol));
    } else if (line.keyword("select")) {
        TRY(reverse(line, symbol, &Symbol::selected_by));
    } else if (line.keyword("imply")) {
        TRY(reverse(line, symbol, &Symbol::implied_by));
    } else if (line.keyword("range")) {
        TRY(range(line, symbol));
    } else {
        return false;
    }
    return true;
}

void EntryOptions::define_type(SymbolId symbol, Type type) {
    // A second definition does not change the type, as in the kernel's own reader.
    if (model_.symbols[symbol].type == Type::unknown) model_.symbols[symbol].type = type;
}

Result<> EntryOptions::set_type(LineParser& line, SymbolId symbol, Type type) {
    define_type(symbol, type);
    return line.next_is_quoted() ? prompt(line, symbol) : line.end();
}

Result<> EntryOptions::prompt(LineParser& line, SymbolId symbol) {
    TRY_ASSIGN(auto text, line.quoted());
    TRY_ASSIGN(const ExpressionId condition, line.condition());
    model_.symbols[symbol].prompts.push_back(made(condition));
    model_.symbols[symbol].prompts.back().text = std::move(text);
    return {};
}

Result<> EntryOptions::add_default(LineParser& line, SymbolId symbol) {
    TRY_ASSIGN(const ExpressionId value, line.expression());
    TRY_ASSIGN(const ExpressionId condition, line.condition());
    Property property = made(condition);
    property.value = value;
    model_.symbols[symbol].defaults.push_back(property);
    return {};
}

Result<> EntryOptions::reverse(LineParser& line, SymbolId symbol, std::vector<Property> Symbol::* list) {
    TRY_ASSIGN(const SymbolId target, line.name());
    TRY_ASSIGN(const ExpressionId condition, line.condition());
    Property property = made(condition);
    property.symbol = symbol;
    (model_.symbols[target].*list).push_back(property);
    return {};
}

Result<> EntryOptions::range(LineParser& line, SymbolId symbol) {
    TRY_ASSIGN(const SymbolId lower, line.operand());
    TRY_ASSIGN(const SymbolId upper, line.operand());
    TRY_ASSIGN(const ExpressionId condition, line.condition());
    Property property = made(condition);
    property.symbol = lower;
    property.upper = upper;
    model_.symbols[symbol].ranges.push_back(property);
    return {};
}

}  // namespace rpikit::kconfig
