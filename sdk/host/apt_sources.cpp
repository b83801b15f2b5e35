#include "sdk/host/apt_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace fs = std::filesystem;

namespace {

/// Options that say whom to trust and how fresh an index must be. Those that narrow what is fetched
/// (Architectures, Languages, Targets) are for the system, not for us.
constexpr std::array<std::string_view, 9> kept_options = {
    "Signed-By",         "Trusted",    "Allow-Insecure",  "Allow-Weak",     "Allow-Downgrade-To-Insecure",
    "Check-Valid-Until", "Check-Date", "Valid-Until-Max", "Valid-Until-Min"};

/// Architectures that came into Debian with one of its recent releases, and the releases before
/// (https://www.debian.org/releases/trixie/release-notes/).
struct LateArchitecture {
    std::string_view name;
    std::string_view since;
    std::array<std::string_view, 2> without;
};
constexpr std::array late_architectures{LateArchitecture{"riscv64", "trixie", {"bookworm", "bullseye"}}};

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
    return result;
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    while (true) {
        text = trim(text);
        if (text.empty()) return result;
        const auto end = text.find_first_of(" \t\r\n");
        result.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end, text.size()));
    }
}

bool contains(const std::vector<std::string>& all, std::string_view one) {
    return std::ranges::find(all, one) != all.end();
}

void keep_option(AptSource& source, std::string_view name, std::string value) {
    const auto known = std::ranges::find_if(
        kept_options, [&](std::string_view option) { return lower(option) == lower(name); });
    if (known != kept_options.end()) source.options.emplace_back(*known, std::move(value));
}

bool from_disc(std::string_view uri) {
    return uri.starts_with("cdrom:");
}

/// "[ arch=amd64 signed-by=/a.gpg,/b.gpg ]": values separated by commas, in deb822 by blanks.
void parse_bracket(AptSource& source, std::string_view options) {
    for (const auto& option : words(options)) {
        const auto equals = option.find('=');
        if (equals == std::string::npos) continue;
        std::string value = option.substr(equals + 1);
        std::ranges::replace(value, ',', ' ');
        keep_option(source, option.substr(0, equals), " " + value);
    }
}

/// The fields of one stanza, names in lower case; a value keeps the line ends and blanks of its continuation
/// lines.
using Stanza = std::map<std::string, std::string>;

std::vector<Stanza> parse_stanzas(std::string_view text) {
    std::vector<Stanza> stanzas(1);
    std::string name;
    for (const auto line : lines(text)) {
        if (line.starts_with('#')) continue;
        if (trim(line).empty()) {
            if (!stanzas.back().empty()) stanzas.emplace_back();
            name.clear();
        } else if (line.starts_with(' ') || line.starts_with('\t')) {
            if (!name.empty()) stanzas.back()[name] += "\n" + std::string(line);
        } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
            name = lower(trim(line.substr(0, colon)));
            stanzas.back()[name] = line.substr(colon + 1);
        }
    }
    if (stanzas.back().empty()) stanzas.pop_back();
    return stanzas;
}

/// "bookworm-updates" -> "bookworm"; apt names the security suite of old releases "CODENAME/updates".
std::string_view release_of(std::string_view suite) {
    for (const std::string_view ending :
         {"-updates", "-security", "-backports", "-proposed-updates", "/updates"}) {
        if (suite.ends_with(ending)) return suite.substr(0, suite.size() - ending.size());
    }
    return suite;
}

std::vector<AptSource> of_releases(const std::vector<AptSource>& all,
                                   const std::vector<std::string>& releases) {
    std::vector<AptSource> own;
    for (AptSource source : all) {
        std::erase_if(source.suites,
                      [&](const std::string& suite) { return !contains(releases, release_of(suite)); });
        if (!source.suites.empty() && contains(source.components, "main")) own.push_back(std::move(source));
    }
    return own;
}

/// apt reads of a folder only these two endings, and only plain names.
std::vector<fs::path> source_files(const fs::path& list, const fs::path& parts) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(parts, error), end; !error && entry != end; entry.increment(error)) {
        const auto ending = entry->path().extension();
        if (ending == ".list" || ending == ".sources") files.push_back(entry->path());
    }
    std::ranges::sort(files);
    if (fs::is_regular_file(list, error)) files.insert(files.begin(), list);
    return files;
}

}  // namespace

std::vector<AptSource> parse_one_line_sources(std::string_view text) {
    std::vector<AptSource> sources;
    for (const auto line : lines(text)) {
        std::string_view rest = trim(line.substr(0, line.find('#')));
        if (!rest.starts_with("deb ") && !rest.starts_with("deb\t")) continue;
        rest = trim(rest.substr(3));
        AptSource source;
        if (rest.starts_with('[')) {
            const auto close = rest.find(']');
            if (close == std::string_view::npos) continue;
            parse_bracket(source, rest.substr(1, close - 1));
            rest = rest.substr(close + 1);
        }
        const auto parts = words(rest);
        if (parts.size() < 3 || from_disc(parts[0])) continue;
        source.uris = {parts[0]};
        source.suites = {parts[1]};
        source.components.assign(parts.begin() + 2, parts.end());
        sources.push_back(std::move(source));
    }
    return sources;
}

std::vector<AptSource> parse_deb822_sources(std::string_view text) {
    std::vector<AptSource> sources;
    for (Stanza& stanza : parse_stanzas(text)) {
        const bool disabled = contains({"no", "false", "off", "0"}, lower(trim(stanza["enabled"])));
        AptSource source{.uris = words(stanza["uris"]),
                         .suites = words(stanza["suites"]),
                         .components = words(stanza["components"]),
                         .options = {}};
        std::erase_if(source.uris, from_disc);
        if (disabled || !contains(words(stanza["types"]), "deb") || source.uris.empty() ||
            source.suites.empty()) {
            continue;
        }
        for (const auto& [name, value] : stanza)
            keep_option(source, name, value);
        sources.push_back(std::move(source));
    }
    return sources;
}

std::string render_sources(const std::vector<AptSource>& sources) {
    std::string text;
    for (const auto& source : sources) {
        text += fmt::format("Types: deb\nURIs: {}\nSuites: {}\nComponents: {}\nTargets: Packages\n",
                            join(source.uris, " "), join(source.suites, " "), join(source.components, " "));
        for (const auto& [name, value] : source.options)
            text += fmt::format("{}:{}\n", name, value);
        text += '\n';
    }
    return text;
}

Result<std::vector<AptSource>> host_apt_sources(const Host& host) {
    // Whoever moved the files with Dir::Etc or APT_CONFIG is followed.
    TRY_ASSIGN(const auto answer,
               run_checked(host.processes, {.argv = {"apt-config", "shell", "list", "Dir::Etc::sourcelist/f",
                                                     "parts", "Dir::Etc::sourceparts/d"},
                                            .environment = host.environment}));
    const auto path_of = [&](std::string_view name) -> fs::path {
        for (const auto line : lines(answer.output)) {
            if (line.starts_with(name) && line.ends_with('\'')) {
                return line.substr(name.size(), line.size() - name.size() - 1);
            }
        }
        return {};
    };
    std::vector<AptSource> sources;
    for (const auto& file : source_files(path_of("list='"), path_of("parts='"))) {
        TRY_ASSIGN(const auto text, read_file(file));
        auto found =
            file.extension() == ".sources" ? parse_deb822_sources(text) : parse_one_line_sources(text);
        std::ranges::move(found, std::back_inserter(sources));
    }
    return sources;
}

std::vector<AptSource> distribution_sources(const std::vector<AptSource>& all, const std::string& codename) {
    auto own = of_releases(all, {codename});
    // The other names a release goes by; other vendors use them too, so they come second.
    if (own.empty()) own = of_releases(all, {"stable", "oldstable", "testing", "unstable", "sid"});
    return own;
}

std::vector<AptSource> without_suites(std::vector<AptSource> own, std::string_view left_out) {
    for (const auto suite : split(left_out, ' ')) {
        for (auto& source : own)
            std::erase(source.suites, suite);
    }
    std::erase_if(own, [](const AptSource& source) { return source.suites.empty(); });
    return own;
}

std::vector<AptSource> sources_for_architecture(const std::vector<AptSource>& own,
                                                const std::string& codename,
                                                const std::string& architecture) {
    const auto* const late = std::ranges::find(late_architectures, architecture, &LateArchitecture::name);
    if (late == late_architectures.end() || std::ranges::find(late->without, codename) == late->without.end())
        return own;
    std::vector<AptSource> newer;
    for (AptSource source : own) {
        std::erase_if(source.suites, [&](const std::string& suite) {
            return !suite.starts_with(codename) || suite.ends_with("-backports");
        });
        for (auto& suite : source.suites)
            suite = std::string(late->since) + suite.substr(codename.size());
        if (!source.suites.empty()) newer.push_back(std::move(source));
    }
    return newer;
}

std::vector<AptSource> additional_sources(const std::vector<AptSource>& own, const std::string& codename) {
    const std::string backports = codename + "-backports";
    const std::string firmware = "non-free-firmware";
    const bool has_backports =
        std::ranges::any_of(own, [&](const AptSource& source) { return contains(source.suites, backports); });
    const bool has_firmware = std::ranges::any_of(
        own, [&](const AptSource& source) { return contains(source.components, firmware); });
    std::vector<AptSource> more;
    for (AptSource source : own) {
        if (!contains(source.suites, codename)) continue;
        const auto components = source.components;
        source.suites = {codename};
        source.components = {firmware};
        if (!has_firmware) more.push_back(source);
        source.suites = {backports};
        source.components = components;
        if (!contains(components, firmware)) source.components.push_back(firmware);
        if (!has_backports) more.push_back(source);
        break;
    }
    return more;
}

}  // namespace rpikit::host
