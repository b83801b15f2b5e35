#pragma once

#include <span>

#include "sdk/board/schema.hpp"

namespace rpikit::board {

/// Every key that a board file may have.
std::span<const Row> board_schema();

}  // namespace rpikit::board
