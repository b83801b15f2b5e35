#pragma once

#include <filesystem>
#include <string>

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// What a user named to be written.
struct ChosenImage {
    std::string what;  ///< a file, a URL, or "-"
    std::filesystem::path
        file;  ///< where its bytes lie, if in a file or device of this machine; otherwise empty
};

/// "-", a URL, a file, or the name of a board that was built here. \returns an error that names the command
/// that builds the board, or that the file is not there
Result<ChosenImage> choose_image(const Context& context, const std::string& what);

}  // namespace rpikit::cli
