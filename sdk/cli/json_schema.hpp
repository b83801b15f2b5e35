#pragma once

#include <span>
#include <string>

#include "sdk/board/schema.hpp"

namespace rpikit::cli {

/// By this text in it a file is known to be ours and may be made anew.
constexpr const char* schema_mark = "Made by: rpi-kit board schema";

/// A document's table as a JSON Schema (draft 2020-12), by which editors complete and check TOML files. What
/// is required is so only in a document without `extends`: the base may have it.
std::string json_schema(std::span<const board::Row> rows);

}  // namespace rpikit::cli
