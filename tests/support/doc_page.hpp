#pragma once

#include <filesystem>
#include <map>
#include <string>

/// Pages of docs/ as tests see them: what they tell users to write has to work.
namespace rpikit::test {

/// The code blocks of a Markdown page whose first line is "# <path>", by that path.
std::map<std::string, std::string> files_in_page(const std::filesystem::path& page);

}  // namespace rpikit::test
