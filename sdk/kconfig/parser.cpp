#include "sdk/kconfig/parser.hpp"

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/kconfig/entry_options.hpp"

namespace rpikit::kconfig {

namespace fs = std::filesystem;

namespace {

// A kernel has 1,800 Kconfig files, 7 MB, nested six deep; the limits keep a hostile tree from taking the
// machine.
constexpr std::size_t file_limit = std::size_t{4} << 20;
constexpr std::size_t total_limit = std::size_t{256} << 20;
constexpr std::size_t source_limit = 64;
constexpr int nesting_limit = 100;

}  // namespace

Result<> Parser::read(const std::string& name) {
    return source(name, root_entry, {});
}

Result<std::string> Parser::load(const std::string& name, const Location& from) {
    const auto where = from.file.empty() ? std::nullopt : std::optional(from);
    const fs::path file = root_ / name;
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
        return fail({.message = "the Kconfig file \"" + name + "\" does not exist", .where = where});
    }
    auto text = host::read_file(file, file_limit);
    if (!text) return fail(text.error(), "cannot read the Kconfig file " + name);
    bytes_ += text->size();
    if (bytes_ > total_limit) return fail({.message = "the Kconfig files are too large", .where = where});
    const auto reserved = text->find_first_of(ShellCalls::reserved);
    if (reserved == std::string::npos) return *std::move(text);
    const auto line =
        1 + std::count(text->begin(), text->begin() + static_cast<std::ptrdiff_t>(reserved), '\n');
    return fail({.message = "control character in a Kconfig file",
                 .where = Location{.file = name, .line = static_cast<int>(line)}});
}

Result<> Parser::source(const std::string& name, EntryId parent, const Location& from) {
    if (std::ranges::find(sources_, name, &Source::name) != sources_.end() ||
        sources_.size() >= source_limit) {
        Error error{.message = "recursive inclusion of " + name, .where = from};
        for (auto each = sources_.rbegin(); each != sources_.rend() && !each->included_from.file.empty();
             ++each) {
            error.causes.push_back(each->name + " is included from " + to_string(each->included_from));
        }
        return fail(std::move(error));
    }
    TRY_ASSIGN(const std::string text, load(name, from));
    sources_.push_back({name, from});
    const auto outer = file_;
    file_ = static_cast<std::uint32_t>(model_.files.size());
    model_.files.push_back(name);
    Lexer lexer(text, name, macros_);
    TRY(block(lexer, parent, {}));
    file_ = outer;
    sources_.pop_back();
    return {};
}

Result<> Parser::block(Lexer& lexer, EntryId parent, std::string_view end) {
    if (++nesting_ > nesting_limit) {
        return fail({.message = "menus and conditions are nested too deeply", .where = lexer.location()});
    }
    while (true) {
        TRY_ASSIGN(const Line* line, lexer.peek());
        if (line == nullptr) break;
        if (!end.empty() && line->tokens[0].is_keyword(end)) {
            LineParser parser(*line, lexer.location(), model_);
            parser.keyword(end);
            TRY(parser.end());
            lexer.take();
            --nesting_;
            return {};
        }
        TRY(statement(lexer, *line, parent));
    }
    --nesting_;
    if (end.empty()) return {};
    return fail({.message = "the file ends without '" + std::string(end) + "' for " +
                            model_.to_string(model_.entries[parent].place),
                 .where = Location{.file = lexer.file(), .line = model_.entries[parent].place.line}});
}

Result<> Parser::statement(Lexer& lexer, const Line& line, EntryId parent) {
    if (line.assignment) {
        TRY(assignment(line, lexer.location()));
        lexer.take();
        return {};
    }
    const Token& first = line.tokens[0];
    if (first.is_keyword("config") || first.is_keyword("menuconfig")) return config(lexer, parent);
    if (first.is_keyword("if")) return condition(lexer, parent);
    if (first.is_keyword("menu")) return menu(lexer, parent);
    if (first.is_keyword("choice")) return choice(lexer, parent);
    if (first.is_keyword("comment")) return comment(lexer, parent);
    if (first.is_keyword("source")) return source_statement(lexer, parent);
    if (first.is_keyword("mainmenu")) {
        lexer.take();
        return {};
    }
    const bool stray_end =
        first.is_keyword("endmenu") || first.is_keyword("endif") || first.is_keyword("endchoice");
    return fail({.message = (stray_end ? "unexpected '" : "unknown statement '") + first.text + "'",
                 .where = lexer.location()});
}

Result<> Parser::assignment(const Line& line, const Location& where) {
    return macros_.assign(line.tokens[0].text, *line.assignment, line.tokens[1].text, where);
}

Place Parser::place(const Lexer& lexer) {
    return {file_, lexer.location().line};
}

EntryId Parser::add_entry(EntryKind kind, EntryId parent, const Lexer& lexer) {
    model_.entries.push_back({.kind = kind, .parent = parent, .place = place(lexer)});
    return static_cast<EntryId>(model_.entries.size() - 1);
}

template <class Option>
Result<> Parser::options(Lexer& lexer, Option option) {
    while (true) {
        TRY_ASSIGN(const Line* line, lexer.peek());
        if (line == nullptr || line->assignment) return {};
        if (line->tokens[0].is_keyword("help")) {
            lexer.take();
            lexer.skip_help();
            continue;
        }
        LineParser parser(*line, lexer.location(), model_);
        TRY_ASSIGN(const bool taken, option(parser));
        if (!taken) return {};
        lexer.take();
    }
}

Result<> Parser::config(Lexer& lexer, EntryId parent) {
    TRY_ASSIGN(const Line* line, lexer.peek());
    LineParser head(*line, lexer.location(), model_);
    if (!head.keyword("config")) head.keyword("menuconfig");
    TRY_ASSIGN(const SymbolId symbol, head.name());
    TRY(head.end());
    const EntryId entry = add_entry(EntryKind::config, parent, lexer);
    lexer.take();
    TRY(options(lexer, [&](LineParser& option) {
        return EntryOptions(model_, entry, place(lexer)).config(option, symbol);
    }));
    model_.symbols[symbol].entries.push_back(entry);
    const EntryId choice = model_.choice_of(model_.symbols[symbol]);
    if (choice != root_entry) {
        auto& members = model_.entries[choice].members;
        if (std::ranges::find(members, symbol) == members.end()) members.push_back(symbol);
    }
    return {};
}

Result<> Parser::choice(Lexer& lexer, EntryId parent) {
    // Up to 6.8 a choice could have a name, which nothing used.
    const EntryId entry = add_entry(EntryKind::choice, parent, lexer);
    model_.entries[entry].choice = static_cast<std::uint32_t>(model_.choices.size());
    model_.choices.push_back({.entry = entry});
    lexer.take();
    TRY(options(
        lexer, [&](LineParser& option) { return EntryOptions(model_, entry, place(lexer)).choice(option); }));
    TRY(block(lexer, entry, "endchoice"));
    infer_types(model_.choices[model_.entries[entry].choice]);
    return {};
}

/// A choice without a type has its first member's, a member without one the choice's.
void Parser::infer_types(Choice& choice) {
    const auto& members = model_.entries[choice.entry].members;
    const auto typed = std::ranges::find_if(
        members, [&](SymbolId member) { return model_.symbols[member].type != Type::unknown; });
    if (choice.type == Type::unknown)
        choice.type = typed == members.end() ? Type::boolean : model_.symbols[*typed].type;
    for (const SymbolId member : members) {
        if (model_.symbols[member].type == Type::unknown) model_.symbols[member].type = choice.type;
    }
}

Result<> Parser::menu(Lexer& lexer, EntryId parent) {
    TRY_ASSIGN(const Line* line, lexer.peek());
    LineParser head(*line, lexer.location(), model_);
    head.keyword("menu");
    TRY_ASSIGN(std::string text, head.quoted());
    TRY(head.end());
    const EntryId entry = add_entry(EntryKind::menu, parent, lexer);
    model_.entries[entry].text = std::move(text);
    lexer.take();
    TRY(options(lexer,
                [&](LineParser& option) { return EntryOptions(model_, entry, place(lexer)).menu(option); }));
    return block(lexer, entry, "endmenu");
}

Result<> Parser::condition(Lexer& lexer, EntryId parent) {
    TRY_ASSIGN(const Line* line, lexer.peek());
    LineParser head(*line, lexer.location(), model_);
    head.keyword("if");
    TRY_ASSIGN(const ExpressionId expression, head.expression());
    TRY(head.end());
    const EntryId entry = add_entry(EntryKind::condition, parent, lexer);
    model_.entries[entry].depends.push_back({expression, place(lexer)});
    lexer.take();
    return block(lexer, entry, "endif");
}

Result<> Parser::comment(Lexer& lexer, EntryId parent) {
    TRY_ASSIGN(const Line* line, lexer.peek());
    LineParser head(*line, lexer.location(), model_);
    head.keyword("comment");
    TRY(head.quoted());
    TRY(head.end());
    const EntryId entry = add_entry(EntryKind::comment, parent, lexer);
    lexer.take();
    return options(
        lexer, [&](LineParser& option) { return EntryOptions(model_, entry, place(lexer)).depends(option); });
}

Result<> Parser::source_statement(Lexer& lexer, EntryId parent) {
    TRY_ASSIGN(const Line* line, lexer.peek());
    LineParser head(*line, lexer.location(), model_);
    head.keyword("source");
    TRY_ASSIGN(std::string name, head.quoted());
    TRY(head.end());
    const Location where = lexer.location();
    lexer.take();
    if (ShellCalls::deferred(name)) {
        TRY_ASSIGN(name, shell_.resolve(name));
    }
    return source(name, parent, where);
}

}  // namespace rpikit::kconfig
