#pragma once

#include <string>
#include <vector>

#include "sdk/cli/command_page.hpp"

namespace rpikit::cli {

/// The pages that stand alone: the program's, and one for each command that is listed.
std::vector<const CommandPage*> manual_pages(const CommandPage& program);

/// "rpi-kit-build" of the page "rpi-kit build".
std::string manual_name(const CommandPage& page);

/// A page for man(1), as roff with the man macros (man(7)); what a command's own commands take is in it.
std::string manual_page(const CommandPage& program, const CommandPage& page);

}  // namespace rpikit::cli
