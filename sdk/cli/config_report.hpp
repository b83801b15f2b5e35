#pragma once

#include <string>
#include <vector>

#include "sdk/kernel/configuration_edit.hpp"

namespace rpikit::cli {

/// "SYMBOL: old -> new", one a line.
std::string changes_text(const std::vector<kernel::Change>& changes);

/// What `save` and `set` tell of.
struct SavedConfiguration {
    std::vector<kernel::Change> changes;
    std::vector<kconfig::Assignment> lines;  ///< of the fragment, new or changed
    std::filesystem::path fragment = {};     ///< empty: nothing was written
    std::filesystem::path board = {};
};
std::string to_json(const SavedConfiguration& saved);

/// What `show` tells of a symbol. \param base what decides when nobody asked
std::string symbol_text(const kernel::SymbolReport& report, const std::string& base);
std::string symbol_json(const kernel::SymbolReport& report, const std::string& base);

}  // namespace rpikit::cli
