#pragma once

#include <filesystem>
#include <vector>

#include "sdk/kconfig/lexer.hpp"
#include "sdk/kconfig/model.hpp"

namespace rpikit::kconfig {

/// Builds a Model from the Kconfig files of a tree, by recursive descent (Documentation/kbuild/
/// kconfig-language.rst, with what 6.1 still knew: "optional" and "tristate" choices).
class Parser {
  public:
    Parser(std::filesystem::path root, Model& model, Macros& macros, ShellCalls& shell)
        : root_(std::move(root)), model_(model), macros_(macros), shell_(shell) {}

    /// Reads the file `name` and all that it sources.
    Result<> read(const std::string& name);

  private:
    struct Source {
        std::string name;
        Location included_from;
    };

    Result<> source(const std::string& name, EntryId parent, const Location& from);
    Result<std::string> load(const std::string& name, const Location& from);

    /// Statements until `end` ("endmenu", ...) or, when that is empty, the end of the file.
    Result<> block(Lexer& lexer, EntryId parent, std::string_view end);
    Result<> statement(Lexer& lexer, const Line& line, EntryId parent);
    Result<> assignment(const Line& line, const Location& where);
    Result<> config(Lexer& lexer, EntryId parent);
    Result<> choice(Lexer& lexer, EntryId parent);
    void infer_types(Choice& choice);
    Result<> menu(Lexer& lexer, EntryId parent);
    Result<> condition(Lexer& lexer, EntryId parent);
    Result<> comment(Lexer& lexer, EntryId parent);
    Result<> source_statement(Lexer& lexer, EntryId parent);

    /// Applies `option` to each line that it takes as one of the entry's own; stops at the first it does not.
    template <class Option>
    Result<> options(Lexer& lexer, Option option);

    EntryId add_entry(EntryKind kind, EntryId parent, const Lexer& lexer);
    Place place(const Lexer& lexer);

    std::filesystem::path root_;
    Model& model_;
    Macros& macros_;
    ShellCalls& shell_;
    std::vector<Source> sources_;  ///< the files being read, outermost first
    std::uint32_t file_ = 0;       ///< index of the innermost one
    std::size_t bytes_ = 0;        ///< read so far
    int nesting_ = 0;
};

}  // namespace rpikit::kconfig
