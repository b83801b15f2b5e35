#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/board/document.hpp"

namespace rpikit::board {

/// A board's document with all it extends merged into it, before it becomes a Board: every value knows where
/// it was written.
struct ResolvedBoard {
    std::filesystem::path file;
    std::vector<std::filesystem::path> files;  ///< `file` first, then what it extends, in turn
    Value document;  ///< without mistakes: with the defaults put in, whose location has no file
    std::vector<Error> mistakes = {};  ///< in the order of their places; each has one
};

/// Finds a board and resolves it. What cannot be read or merged (TOML, `extends`) is a mistake as any other;
/// then the document is the board's own file as far as it was read.
/// \param name a board's name or a path to a .toml
/// \returns an error only when there is no such board
Result<ResolvedBoard> resolve_board(const std::string& name, const SearchPath& search);

/// The same for a text that would be the content of `file`, which need not be there.
ResolvedBoard resolve_text(const std::filesystem::path& file, const std::string& text,
                           const SearchPath& search);

/// A board's name with the file that it means and those that it hides.
struct FoundBoard {
    std::string name;
    std::filesystem::path file;
    std::vector<std::filesystem::path> hidden = {};  ///< of the same name, in later folders
};

/// All boards on the search path, sorted by name.
std::vector<FoundBoard> find_boards(const SearchPath& search);

/// The files that lose a name clash against `file`: those of the same name in later folders, without what it
/// extends. None for a file that is not the one its name means.
std::vector<std::filesystem::path> hidden_by(const std::filesystem::path& file,
                                             const std::vector<std::filesystem::path>& files,
                                             const SearchPath& search);

}  // namespace rpikit::board
