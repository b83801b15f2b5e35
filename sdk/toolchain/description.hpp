#pragma once

#include <span>

#include "sdk/board/schema.hpp"

namespace rpikit::toolchain {

/// Every key that a toolchain's file may have.
std::span<const board::Row> description_schema();

}  // namespace rpikit::toolchain
