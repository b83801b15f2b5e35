#pragma once

#include <filesystem>
#include <span>

#include "sdk/board/board.hpp"
#include "sdk/board/document.hpp"

namespace rpikit::board {

/// Puts a document that passed all checks into the form that the rest of the program uses.
Board read_board(const Value& document, std::span<const std::filesystem::path> files);

}  // namespace rpikit::board
