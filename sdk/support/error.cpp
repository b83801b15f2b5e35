#include "sdk/support/error.hpp"

#include <fmt/format.h>

#include "sdk/support/printable.hpp"
#include "sdk/support/text.hpp"

namespace rpikit {

Error with_context(Error inner, std::string message) {
    inner.causes.insert(inner.causes.begin(), std::move(inner.message));
    inner.message = std::move(message);
    return inner;
}

std::string to_string(const Location& location) {
    std::string text = location.file.string();
    if (location.line > 0) text += fmt::format(":{}", location.line);
    if (location.line > 0 && location.column > 0) text += fmt::format(":{}", location.column);
    return text;
}

/// What files and programs put into an error cannot steer the terminal.
std::string render(const Error& error, bool colour) {
    const char* red = colour ? "\x1b[1;31m" : "";
    const char* cyan = colour ? "\x1b[1;36m" : "";
    const char* plain = colour ? "\x1b[0m" : "";
    std::string text = fmt::format("{}error{}: {}\n", red, plain, printable_lines(error.message));
    if (error.where) text += fmt::format("  --> {}\n", printable(to_string(*error.where)));
    for (const auto& cause : error.causes)
        text += fmt::format("  caused by: {}\n", printable_lines(cause));
    if (!error.detail.empty()) {
        text += '\n' + printable_lines(error.detail);
        if (error.detail.back() != '\n') text += '\n';
    }
    if (!error.hint.empty())
        text += fmt::format("\n{}hint{}: {}\n", cyan, plain, printable_lines(error.hint));
    return text;
}

}  // namespace rpikit
