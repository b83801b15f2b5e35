#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/host/packages.hpp"

namespace rpikit::host {

/// What `apt-cache show` says: one package a stanza. Stanzas without version, sha256 or size are left out.
std::vector<Package> parse_package_stanzas(std::string_view text);

/// What `apt-cache policy NAME...` says: for each package with a candidate, the suite that the candidate
/// comes from.
std::map<std::string, std::string> parse_candidate_suites(std::string_view text);

/// "name=version" of each package that `apt-get install --simulate` would install, sorted.
std::vector<std::string> parse_simulated_installs(std::string_view text);

}  // namespace rpikit::host
