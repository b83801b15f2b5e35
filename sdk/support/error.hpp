#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rpikit {

/// A place in a text file; line and column count from 1, 0 means "the whole file".
struct Location {
    std::filesystem::path file;
    int line = 0;
    int column = 0;
    bool operator==(const Location&) const = default;
};

/// Decides the exit code: failed 1, usage 2, interrupted 130.
enum class ErrorKind { failed, usage, interrupted };

/// What a user, a file, a network or a device made fail. Errors are values: built where the cause is
/// known, given context on the way up, rendered once at the top.
struct Error {
    std::string message;                   ///< what failed: one sentence, no trailing stop
    std::optional<Location> where = {};    ///< the text that is to blame, when there is one
    std::vector<std::string> causes = {};  ///< "caused by", outermost first
    std::string detail = {};               ///< lines to show as they are, such as the end of a log
    std::string hint = {};                 ///< what to do next, a command where possible
    ErrorKind kind = ErrorKind::failed;
};

/// Wraps an error: `message` becomes what failed, the old message the first cause.
Error with_context(Error inner, std::string message);

/// "file:line:column", leaving out what is 0.
std::string to_string(const Location& location);

/// The form people see: "error: ...", "  --> file:line:column", "  caused by: ...", detail, "hint: ...".
/// \param colour whether ANSI colours may be used
std::string render(const Error& error, bool colour);

}  // namespace rpikit
