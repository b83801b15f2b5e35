#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/host/host.hpp"

namespace rpikit::host {

/// One entry of apt's sources, sources.list(5): every suite at every address with every component.
struct AptSource {
    std::vector<std::string> uris;
    std::vector<std::string> suites;
    std::vector<std::string> components;
    /// What decides about trust, as deb822 fields: Signed-By (a file or the key itself), Trusted, ...
    std::vector<std::pair<std::string, std::string>> options;
    bool operator==(const AptSource&) const = default;
};

/// The binary-package entries of a text in the one-line format (*.list); comments, deb-src and cdrom left
/// out.
std::vector<AptSource> parse_one_line_sources(std::string_view text);

/// The same for the deb822 format (*.sources); disabled entries left out.
std::vector<AptSource> parse_deb822_sources(std::string_view text);

/// A text in deb822 format that fetches package indexes alone.
std::string render_sources(const std::vector<AptSource>& sources);

/// All entries of the host's own apt configuration, wherever apt itself says it is.
Result<std::vector<AptSource>> host_apt_sources(const Host& host);

/// The entries of the distribution `codename` itself: its suite, -updates, -security, -backports with the
/// component main. Other vendors' entries are left out: they may be slow, gone, or bring packages of their
/// own.
std::vector<AptSource> distribution_sources(const std::vector<AptSource>& all, const std::string& codename);

/// `own` without the suites that are named in `left_out`, a list with spaces between.
std::vector<AptSource> without_suites(std::vector<AptSource> own, std::string_view left_out);

/// `own` as far as it can be used for an architecture: where the release `codename` was made without it, the
/// suites of the first release that has it (its security updates too), at the same addresses and with the
/// same trust.
std::vector<AptSource> sources_for_architecture(const std::vector<AptSource>& own,
                                                const std::string& codename, const std::string& architecture);

/// What the distribution's main archive has beside what `own` names, at the same addresses: the suite
/// CODENAME-backports and the component non-free-firmware.
std::vector<AptSource> additional_sources(const std::vector<AptSource>& own, const std::string& codename);

}  // namespace rpikit::host
