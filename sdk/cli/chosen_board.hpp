#pragma once

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// The board that a command was given, by name or path. Says which files its own hides: a project's boards/
/// may have one of the same name as a delivered board.
Result<board::Board> load_chosen_board(const Context& context, const std::string& name);

/// Says which files a board's file hides. \param files of the board, which it does not hide
void note_hidden(const Context& context, const std::filesystem::path& file,
                 const std::vector<std::filesystem::path>& files);

}  // namespace rpikit::cli
