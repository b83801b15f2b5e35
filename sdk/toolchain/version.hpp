#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpikit::toolchain {

/// A version as numbers: "12.2.0". Missing parts count as 0, so 12 equals 12.0.0.
struct Version {
    std::vector<unsigned> parts;

    std::string text() const;
    friend std::weak_ordering operator<=>(const Version& a, const Version& b);
    friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }
};

/// The version in the first line of what a program says on --version. Distributions put theirs in
/// parentheses, so what stands there counts only when nothing else does: "gcc (Debian 12.2.0-14) 12.2.0",
/// "GNU ld (GNU Binutils for Debian) 2.40", "Debian clang version 14.0.6".
std::optional<Version> parse_version(std::string_view output);

}  // namespace rpikit::toolchain
