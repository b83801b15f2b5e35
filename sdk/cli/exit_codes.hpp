#pragma once

#include <span>
#include <string_view>

namespace rpikit::cli {

/// How the program can end.
struct ExitCode {
    int code;
    std::string_view name;     ///< "kind" of an error in JSON; empty where there is no such error
    std::string_view meaning;  ///< one sentence without its stop
};

std::span<const ExitCode> exit_codes();

}  // namespace rpikit::cli
