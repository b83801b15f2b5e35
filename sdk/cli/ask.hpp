#pragma once

#include <string>
#include <string_view>

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// Whether somebody can be asked: standard error is a terminal, and standard input too, unless the image
/// comes from there; then the terminal itself is asked.
bool can_ask(bool image_from_input);

enum class Echo { on, off };

/// Shows a question and reads one line, without its end; empty at the input's end.
/// \param echo off for a secret: what is typed is not shown
/// \returns an error of kind `interrupted` after Ctrl-C
Result<std::string> ask(const Context& context, std::string_view question, Echo echo, bool image_from_input);

}  // namespace rpikit::cli
