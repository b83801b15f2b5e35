#pragma once

#include <string>

#include "sdk/kconfig/model.hpp"

namespace rpikit::kconfig {

/// One side of a comparison: the type of its symbol and its value, a string's without quotes.
struct Operand {
    Type type = Type::unknown;
    std::string text = {};
};

/// Whether "left OP right" holds: as numbers where both sides can be read as such, by the type of the symbol
/// or, of a constant, by how it is written; otherwise as texts.
bool compare(Operator op, const Operand& left, const Operand& right);

}  // namespace rpikit::kconfig
