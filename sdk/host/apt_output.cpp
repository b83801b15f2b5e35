#include "sdk/host/apt_output.hpp"

#include <algorithm>

#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace {

void set_field(Package& package, std::string_view line) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) return;
    const auto name = line.substr(0, colon);
    const std::string value(trim(line.substr(colon + 2)));
    if (name == "Package") package.name = value;
    if (name == "Version") package.version = value;
    if (name == "Architecture") package.architecture = value;
    if (name == "SHA256") package.sha256 = value;
    if (name == "Size") package.size = parse_number(value).value_or(0);
}

bool complete(const Package& package) {
    return !package.name.empty() && !package.version.empty() && package.sha256.size() == 64 &&
           package.size > 0;
}

}  // namespace

std::vector<Package> parse_package_stanzas(std::string_view text) {
    std::vector<Package> packages;
    Package current;
    const auto flush = [&] {
        if (complete(current)) packages.push_back(current);
        current = {};
    };
    for (const auto line : lines(text)) {
        if (trim(line).empty()) {
            flush();
        } else if (!line.starts_with(' ')) {
            set_field(current, line);
        }
    }
    flush();
    return packages;
}

/// name:
///   Candidate: 2
///   Version table:
///  *** 2 500
///         500 http://mirror/debian bookworm-security/main arm64 Packages
///      1 500
std::map<std::string, std::string> parse_candidate_suites(std::string_view text) {
    std::map<std::string, std::string> suites;
    std::string name;
    std::string candidate;
    bool at_candidate = false;
    for (const auto line : lines(text)) {
        const auto content = trim(line);
        constexpr std::string_view key = "Candidate: ";
        if (!line.starts_with(' ') && content.ends_with(':')) {
            name = content.substr(0, content.size() - 1);
            at_candidate = false;
        } else if (content.starts_with(key)) {
            candidate = content.substr(key.size());
        } else if (line.starts_with(" *** ") ||
                   (line.starts_with("     ") && line.size() > 5 && line[5] != ' ')) {
            at_candidate = line.substr(5).starts_with(candidate + " ");
        } else if (at_candidate && !suites.contains(name)) {
            // "500 ADDRESS SUITE/COMPONENT ARCHITECTURE Packages"
            const auto parts = split(content, ' ');
            if (parts.size() >= 3) suites[name] = parts[2].substr(0, parts[2].rfind('/'));
        }
    }
    return suites;
}

/// "Inst libc6 (2.36-9 Debian:12.15/oldstable [arm64]) []"
std::vector<std::string> parse_simulated_installs(std::string_view text) {
    std::vector<std::string> installs;
    for (const auto line : lines(text)) {
        const auto parts = split(line, ' ');
        if (parts.size() < 3 || parts[0] != "Inst" || !parts[2].starts_with('(')) continue;
        const auto name = parts[1].substr(0, parts[1].find(':'));
        installs.push_back(std::string(name) + "=" + std::string(parts[2].substr(1)));
    }
    std::ranges::sort(installs);
    return installs;
}

}  // namespace rpikit::host
