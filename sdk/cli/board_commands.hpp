#pragma once

#include <string>
#include <vector>

#include "sdk/cli/command.hpp"

/// What stands behind `rpi-kit board`; each is the runner of one subcommand.
namespace rpikit::cli {

Result<int> list_boards(const Context& context);

/// \param resolved every value with where it was written
Result<int> show_board(const Context& context, const std::string& name, bool resolved);

/// Tells the mistakes of all files. \param names boards or paths to .toml files
Result<int> check_boards(const Context& context, const std::vector<std::string>& names);

struct NewBoardArguments {
    std::string name;
    std::string from;
    std::string soc;
    std::string dtb;    ///< path of a file
    bool user = false;  ///< into the user's boards for all work folders
    bool dry_run = false;
};
Result<int> new_board(const Context& context, const NewBoardArguments& arguments);

Result<int> edit_board(const Context& context, const std::string& name);

/// Prints the JSON Schema, or the reference page.
Result<int> print_board_schema(const Context& context, bool markdown);

/// Mistakes as compilers show them, with the line and a caret below it.
std::string mistakes_text(const std::vector<Error>& mistakes, bool colour);

}  // namespace rpikit::cli
