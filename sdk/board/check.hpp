#pragma once

#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/board/document.hpp"

namespace rpikit::board {

/// What a row of the schema cannot say: values that must fit each other, names that must exist, files that
/// must be there. \param document validated and completed
std::vector<Error> check_consistency(const Value& document, const SearchPath& search);

/// The files that a document names and that are not there. \param document may have other mistakes
std::vector<Error> check_files(const Value& document);

/// The path of a value of type `path`: relative ones start at the folder of the file that they are written
/// in.
std::filesystem::path resolve_path(const Value& value);

}  // namespace rpikit::board
