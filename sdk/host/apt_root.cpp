#include "sdk/host/apt_root.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "sdk/host/apt_sources.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t one_day = 86'400;  // seconds

/// apt.conf(5). Hooks would act on the system (docker's delete the system's packages), so they are cleared.
constexpr std::string_view configuration = R"(#clear APT::Update;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear APT::Architectures;
APT::Architecture "{0}";
APT::Architectures {{ "{0}"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Debug::NoLocking "true";
)";

/// apt_preferences(5): the host's own suites first, backports for what they lack.
constexpr std::string_view preferences = "Package: *\nPin: release n={0}-backports\nPin-Priority: 100\n";

std::int64_t seconds_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// "E: ..." lines of apt, which say what failed; the W: lines before them say where.
std::vector<std::string> apt_complaints(std::string_view output) {
    std::vector<std::string> complaints;
    for (const auto line : lines(output)) {
        if (line.starts_with("E: ")) complaints.emplace_back(line.substr(3));
    }
    if (complaints.empty()) complaints.emplace_back(trim(last_lines(output, 1)));
    return complaints;
}

bool mirror_unreachable(std::string_view output) {
    for (const std::string_view sign :
         {"Temporary failure resolving", "Could not resolve", "Could not connect",
          "Cannot initiate the connection", "Unable to connect", "timed out", "Connection failed",
          "Failed to fetch"}) {
        if (output.contains(sign)) return true;
    }
    return false;
}

/// An index of one suite is not the one that its signed release file names: the mirror was asked in the
/// middle of its update, or stays so. Going on without the suite would let whoever garbles -security keep its
/// updates away.
bool is_inconsistent(std::string_view output) {
    return output.contains("File has unexpected size") || output.contains("Hash Sum mismatch");
}

/// The suites whose indexes are not what they should be: "Failed to fetch .../dists/SUITE/main/...".
std::vector<std::string> inconsistent_suites(std::string_view output) {
    constexpr std::string_view before = "/dists/";
    std::vector<std::string> suites;
    for (const auto line : lines(output)) {
        const auto at = line.find(before);
        if (!is_inconsistent(line) || at == std::string_view::npos) continue;
        const auto name = line.substr(at + before.size());
        suites.emplace_back(name.substr(0, name.find('/')));
    }
    std::ranges::sort(suites);
    const auto again = std::ranges::unique(suites);
    suites.erase(again.begin(), again.end());
    return suites;
}

/// \param without the suites that are left out already
std::string hint_for(std::string_view output, const std::string& without) {
    if (output.contains("NO_PUBKEY") || output.contains("is not signed")) {
        return "the mirror's signature is not trusted; see whether the system accepts it: sudo apt-get "
               "update";
    }
    if (is_inconsistent(output)) {
        const auto suites = join(inconsistent_suites(output), " ");
        return fmt::format(
            "the mirror is in the middle of an update: try again later, or do without what it garbles: "
            "export RPI_KIT_WITHOUT_SUITES={}",
            shell_quote(without.empty() ? suites : without + " " + suites));
    }
    if (mirror_unreachable(output)) {
        return "check the network, and the mirror with sudo apt-get update; --offline uses what was fetched "
               "before";
    }
    return "see whether apt itself works: apt-get check";
}

Error apt_error(const Command& command, const Exit& exit) {
    Error error = command_error(command, exit, {});
    error.causes = apt_complaints(exit.output);
    error.detail.clear();
    error.hint = hint_for(exit.output, command.environment->get("RPI_KIT_WITHOUT_SUITES").value_or(""));
    return error;
}

}  // namespace

Result<std::string> release_codename() {
    TRY_ASSIGN(const auto text, read_file("/etc/os-release"));
    for (const auto line : lines(text)) {
        constexpr std::string_view key = "VERSION_CODENAME=";
        if (!line.starts_with(key)) continue;
        auto value = line.substr(key.size());
        if (value.starts_with('"') && value.ends_with('"') && value.size() >= 2)
            value = value.substr(1, value.size() - 2);
        return std::string(value);
    }
    return fail(
        {.message = "/etc/os-release names no VERSION_CODENAME",
         .hint = "the distribution's packages can be used on Debian only; give a git or archive source"});
}

Result<AptRoot> AptRoot::open(const Host& host, const std::string& architecture) {
    if (!host.processes.find_program("apt-get", host.environment)) {
        return fail(
            {.message = "this machine has no apt-get",
             .hint = "the distribution's packages can be used on Debian only; give a git or archive source"});
    }
    AptRoot root(host, fs::absolute(host.cache) / "apt" / architecture);
    for (const char* folder : {"etc", "lists/partial", "archives/partial"})
        TRY(make_directories(root.folder_ / folder));
    TRY(root.configure(architecture));
    return root;
}

Result<> AptRoot::configure(const std::string& architecture) {
    TRY_ASSIGN(const auto codename, release_codename());
    TRY_ASSIGN(const auto all, host_apt_sources(*host_));
    const auto left_out = host_->environment.get("RPI_KIT_WITHOUT_SUITES").value_or("");
    const auto own = without_suites(
        sources_for_architecture(distribution_sources(all, codename), codename, architecture), left_out);
    if (own.empty()) {
        return fail({.message = fmt::format("the host's apt sources name no archive of {}", codename),
                     .hint = "ls /etc/apt/sources.list /etc/apt/sources.list.d   (man sources.list)"});
    }
    own_sources_ = render_sources(own);
    more_sources_ = render_sources(additional_sources(own, codename));
    // A refresh may have found that the mirror lacks our additions, and left them out.
    if (!fs::exists(sources_file())) TRY(write_file(sources_file(), own_sources_ + more_sources_));
    TRY(write_file(folder_ / "etc/apt.conf", fmt::format(configuration, architecture)));
    return write_file(folder_ / "etc/preferences", fmt::format(preferences, codename));
}

Result<LockFile> AptRoot::lock() const {
    return LockFile::acquire(folder_ / "lock", host_->stop, [this] {
        host_->note("another rpi-kit works with the distribution's packages, waiting for it");
    });
}

bool AptRoot::has_index() const {
    const auto stamp = read_file(folder_ / "stamp");
    return stamp && stamp->ends_with(" " + sha256(own_sources_ + more_sources_) + "\n");
}

bool AptRoot::is_stale() const {
    if (!has_index()) return true;
    const auto stamp = read_file(folder_ / "stamp");
    const auto then = stamp ? parse_number(stamp->substr(0, stamp->find(' '))) : std::nullopt;
    return !then || seconds_now() - static_cast<std::int64_t>(*then) > one_day;
}

Result<Exit> AptRoot::update(const std::string& sources) const {
    TRY(write_file(sources_file(), sources));
    return host_->processes.run(command("apt-get", {"update"}), {.stop = host_->stop});
}

Result<> AptRoot::refresh() {
    TRY_ASSIGN(Exit exit, update(own_sources_ + more_sources_));
    const bool lacks_suite = exit.output.contains("does not have a Release file") ||
                             exit.output.contains("  404  ") || is_inconsistent(exit.output);
    if (!exit.success() && !exit.stopped && lacks_suite && !more_sources_.empty()) {
        TRY_ASSIGN(exit, update(own_sources_));
        if (exit.success()) host_->note("the mirror has no usable backports; its other suites are used");
    }
    if (!exit.success()) {
        const auto error = apt_error(command("apt-get", {"update"}), exit);
        if (exit.stopped || !has_index() || !mirror_unreachable(exit.output)) {
            return fail(error, "cannot fetch the distribution's package index");
        }
        host_->warn(
            fmt::format("the distribution's package index could not be refreshed, an older one is used: {}",
                        error.causes.front()));
        return {};
    }
    return write_file(folder_ / "stamp",
                      fmt::format("{} {}\n", seconds_now(), sha256(own_sources_ + more_sources_)));
}

Command AptRoot::command(const std::string& tool, const std::vector<std::string>& arguments) const {
    const auto path = [this](const char* name) { return (folder_ / name).string(); };
    Command command{.argv = {tool, "-q", "-c", path("etc/apt.conf")}, .environment = host_->environment};
    // As -o, because a value in apt.conf could not hold every character of a path.
    for (const std::string& setting :
         {"Dir::State=" + folder_.string(), "Dir::State::lists=" + lists().string(),
          std::string("Dir::State::status=/dev/null"),
          "Dir::State::extended_states=" + path("extended_states"), "Dir::Cache=" + folder_.string(),
          "Dir::Cache::archives=" + path("archives"), "Dir::Etc::sourcelist=" + sources_file().string(),
          std::string("Dir::Etc::sourceparts=/dev/null"), "Dir::Etc::preferences=" + path("etc/preferences"),
          std::string("Dir::Etc::preferencesparts=/dev/null")}) {
        command.argv.insert(command.argv.end(), {"-o", setting});
    }
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    // Their messages are read.
    command.environment->set("LC_ALL", "C.UTF-8");
    return command;
}

Result<Exit> AptRoot::run(const Command& command, const RunOptions& options) const {
    TRY_ASSIGN(auto exit, host_->processes.run(command, options));
    if (!exit.success()) return fail(apt_error(command, exit));
    return exit;
}

}  // namespace rpikit::host
