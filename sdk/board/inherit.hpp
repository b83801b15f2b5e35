#pragma once

#include <filesystem>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/board/document.hpp"

namespace rpikit::board {

/// Lays `derived` over `base`: tables merge key by key, scalars and arrays replace what was there. Arrays of
/// tables merge element by element where both have the same `name` (device tree edits: `node`): what `base`
/// has keeps its place, what is new comes after it. Every value keeps its own location.
Value merge(Value base, Value derived);

/// `profile = "NAME"` below [kernel] becomes `default_profile`, in whose short form it stands.
void expand_short_forms(Value& document);

/// A document with all it extends merged into it.
struct Inherited {
    Value document;
    std::vector<std::filesystem::path> files;  ///< the document's own first, then what it extends, in turn
};

/// Follows a document's `extends` to its end. \param file where the document is, or would be
Result<Inherited> inherit(Value document, const std::filesystem::path& file, const SearchPath& search);

/// Follows `extends` to its end; a name is looked up in the board's own folder tree first, then on the search
/// path.
Result<Inherited> load_inherited(const std::filesystem::path& file, const SearchPath& search);

/// A file below the search path, by a name without ".toml": "rpi4", "soc/bcm2711".
std::optional<std::filesystem::path> find_file(const std::string& name, const SearchPath& search);

/// The names of all .toml files below a folder of the search path, sorted. \param subfolder "" or "soc"
std::vector<std::string> names_below(const SearchPath& search, const std::filesystem::path& subfolder);

}  // namespace rpikit::board
