#pragma once

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// Where what was parsed goes; lives as long as the application that it was declared on.
struct Declared {
    std::string work;  ///< --work
    bool json = false;
    bool version = false;
    Runner runner = {};  ///< of the command that was named
    bool json_lines = false;
};

/// Declares the program's options and every command of the table.
void declare(CLI::App& app, Declared& declared);

}  // namespace rpikit::cli
