#pragma once

#include "sdk/board/schema.hpp"

/// How rows relate to the tables of a document; shared by what walks both.
namespace rpikit::board {

/// What stands in front of the keys of a row that is a table: "kernel." or "kernel.source[]." .
std::string child_prefix(const Row& row);

/// The key's own name when it lies directly below `prefix`: "arch" for "kernel.arch" and "kernel.".
std::optional<std::string_view> child_name(const Row& row, std::string_view prefix);

const Row* find_row(std::span<const Row> rows, std::string_view key);

}  // namespace rpikit::board
