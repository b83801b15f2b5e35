#pragma once

#include <string>

#include "sdk/inspect/inspect.hpp"

namespace rpikit::cli {

/// "-rw-r--r--      1234 path -> target", as ls shows it.
std::string member_line(const archive::Member& member);

/// A report for people: a fact a line, lists below each other.
std::string report_text(const inspect::Report& report);

/// {"file", "kind", every fact by its name, "files": [{"place", "entries": [...]}]}.
std::string report_json(const std::string& file, const inspect::Report& report);

}  // namespace rpikit::cli
