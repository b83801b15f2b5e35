#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rpikit::kernel {

/// A known build failure: one row of the table in known_failures.cpp.
struct KnownFailure {
    std::string_view name;     ///< "flex-missing"
    std::string_view pattern;  ///< ECMAScript regular expression matched against one line of the log
    std::string_view meaning;
    std::string_view remedy;  ///< what to type; $1 is the pattern's first group
};

std::span<const KnownFailure> known_failures();

struct Diagnosis {
    std::string name;
    std::string line;  ///< the log line that gave it away
    std::string meaning;
    std::string remedy;
};

/// The first cause in a build log: the earliest line that a row matches; none when no row knows it.
std::optional<Diagnosis> diagnose(std::string_view log);

}  // namespace rpikit::kernel
