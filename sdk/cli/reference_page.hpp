#pragma once

#include <string>

#include "sdk/cli/command_page.hpp"

/// The pages of docs/reference that are made of tables, as Markdown. A test compares them with the files.
namespace rpikit::cli {

std::string commands_reference(const CommandPage& program);
std::string exit_codes_reference();
std::string settings_reference();

}  // namespace rpikit::cli
