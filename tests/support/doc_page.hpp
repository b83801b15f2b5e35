#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "sdk/board/schema.hpp"

/// Pages of docs/ as tests see them: what they tell users to write has to work.
namespace rpikit::test {

/// The code blocks of a Markdown page whose first line is "# <path>", by that path.
std::map<std::string, std::string> files_in_page(const std::filesystem::path& page);

/// The Markdown table of all keys that a page shows for a schema, without its head.
std::string key_table(std::span<const board::Row> rows);

}  // namespace rpikit::test
