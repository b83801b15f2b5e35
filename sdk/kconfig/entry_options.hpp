#pragma once

#include "sdk/kconfig/line_parser.hpp"

namespace rpikit::kconfig {

/// The lines below "config", "choice", "menu" and "comment" that describe the entry. Each function gives
/// false for a line that is none of the entry's options: there the entry ends.
class EntryOptions {
  public:
    EntryOptions(Model& model, EntryId entry, Place place) : model_(model), entry_(entry), place_(place) {}

    Result<bool> config(LineParser& line, SymbolId symbol);
    Result<bool> choice(LineParser& line);
    Result<bool> menu(LineParser& line);
    Result<bool> depends(LineParser& line);

  private:
    Result<> choice_prompt(LineParser& line, Choice& choice);
    void define_type(SymbolId symbol, Type type);
    Result<> set_type(LineParser& line, SymbolId symbol, Type type);
    Result<bool> property(LineParser& line, SymbolId symbol);
    Result<> prompt(LineParser& line, SymbolId symbol);
    Result<> add_default(LineParser& line, SymbolId symbol);
    Result<> reverse(LineParser& line, SymbolId symbol, std::vector<Property> Symbol::* list);
    Result<> range(LineParser& line, SymbolId symbol);
    Property made(ExpressionId condition) const {
        return {.entry = entry_, .condition = {condition, place_}};
    }

    Model& model_;
    EntryId entry_;
    Place place_;  ///< of the line
};

}  // namespace rpikit::kconfig
