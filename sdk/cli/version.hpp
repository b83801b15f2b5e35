#pragma once

#include <string>

namespace rpikit::cli {

/// "0.1.0"
std::string program_version();

/// What --version says: "rpi-kit 0.1.0", then the libraries, one a line, or the same as JSON.
std::string version_text(bool json);

}  // namespace rpikit::cli
