#pragma once

#include <span>
#include <string>

#include "sdk/board/schema.hpp"

namespace rpikit::board {

/// The Markdown table of all keys of a schema, without its head: key, value, meaning.
std::string key_table(std::span<const Row> rows);

/// docs/reference/board.md: every key of a board file, made of the loader's own table.
std::string board_reference();

}  // namespace rpikit::board
