#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdk/cli/command.hpp"

namespace rpikit::cli {

/// What main hands over: everything that comes from outside, so that a test can hand over something else.
struct Invocation {
    std::vector<std::string> arguments;  ///< without the program's name
    host::ProcessRunner& processes;
    host::Clock& clock;
    const host::Environment& environment;
    host::Terminal& screen;
    std::stop_token stop;
    std::function<void(std::string_view)> out;
    std::filesystem::path program;            ///< this program's file
    std::filesystem::path working_directory;  ///< absolute
};

/// Parses, runs, renders the failure. \returns 0 ok, 1 failed, 2 usage, 130 interrupted
int run(const Invocation& invocation);

/// Makes an error's hint one that can be typed: the program as it was called, and no sudo for root.
/// \param called "./rpi-kit"
Error for_this_user(Error error, std::string_view called, bool root);

/// An error as one JSON object: {"error": {"message", "kind", "file", "line", "column", "causes", "detail",
/// "hint"}}. \param answer a document that the command gave before it failed: the error is added to it
std::string to_json(const Error& error, const std::string& answer = {});

/// As an event among others, in one line: {"event": "error", "error": ...}.
std::string error_event(const Error& error);

/// Maps an error's kind to the program's exit code.
int exit_code(const Error& error);

}  // namespace rpikit::cli
