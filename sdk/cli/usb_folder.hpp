#pragma once

#include <filesystem>
#include <string>

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// The folder that `usb boot` serves: `what` when it is one, else out/BOARD/usb of a board that was built.
/// The boot files of its image are put there, into a folder of their own that is made anew each time; what
/// lies beside it, such as the second stage, is the user's.
Result<std::filesystem::path> usb_folder(const Context& context, const std::string& what);

}  // namespace rpikit::cli
